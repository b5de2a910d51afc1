"""One rule in one place: home and hub order the same runs alike, with the same ranges and words.

Random tables of runs, incomplete and tied ones included, are ranked by `valhub rank` from the
documents of `valhub run --json`, and by a leaderboard from the results that its workers store. The
page, the documented route, the report and the JSON must agree.
"""

import json
import re
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties import examples
from valhub.accounts.models import Account
from valhub.analyses.board_columns import BoardColumn
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion
from valhub.client.contest import Contest
from valhub.client.report.page import write_report
from valhub.client.result_document import Subject, as_document
from valhub.evaluation.results import Best, EvaluationResult, FileOutcome, Verdict
from valhub.evaluation.scoring.board_summary import board_losses
from valhub.evaluation.scoring.metrics import METRICS
from valhub.evaluation.scoring.plan import AggregateColumn, FileColumn, Scoring
from valhub.evaluation.scoring.summary import summarise
from valhub.evaluation.wording import interval, span
from valhub.jobs.models import Run, Status, Submission
from valhub.jobs.services.board_entries import enter_on_board, prepare_board
from valhub.jobs.services.run_summary import RunSummary

KINDS = {
    Best.LOWEST: "mean_absolute_error",
    Best.ZERO: "mean_bias_error",
    Best.HIGHEST: "share_within_tolerance",
}
FAILED = FileOutcome("", Verdict.ERROR, "It raised.")


def plan_of(operation: str, best: Best) -> Scoring:
    column = FileColumn("errors", METRICS[KINDS[best]], ("time_series",), "min", best)
    aggregate = AggregateColumn(f"{operation}_errors", operation, column, "Errors")
    return Scoring(("time_series",), (column,), (aggregate,), aggregate.name)


@dataclass(frozen=True)
class Contestants:
    """Some runs of as many algorithms, file by file; None is a failure."""

    plan: Scoring
    systems: tuple[int, ...]
    runs: tuple[tuple[float | None, ...], ...]

    @property
    def files(self) -> dict[str, dict[str, object]]:
        return {
            f"{number:03}.csv": {"system_id": str(system), "latitude": system // 2, "longitude": 0}
            for number, system in enumerate(self.systems)
        }

    def results(self, run: int) -> list[FileOutcome]:
        return [
            replace(FAILED, file_name=name)
            if value is None
            else FileOutcome(name, Verdict.SCORED, metrics={"errors": value}, coverage=1.0)
            for name, value in zip(self.files, self.runs[run], strict=True)
        ]

    def evaluation(self, run: int) -> EvaluationResult:
        results = self.results(run)
        summed = summarise(self.plan, results, self.files, set(self.files))
        return EvaluationResult(
            verdict=summed.verdict,
            message="",
            coverage=summed.coverage,
            primary_metric=self.plan.primary,
            primary_column="errors",
            aggregates=summed.aggregates,
            slices=(),
            files=tuple(results),
            wall_s=1.0,
            receipt={"package": "p", "scorer": "1"},
        )

    def subject(self, run: int) -> Subject:
        systems = {name: str(row["system_id"]) for name, row in self.files.items()}
        return Subject("Errors", name_of(run), systems, frozenset(systems))


def name_of(run: int) -> str:
    return f"algorithm-{run:02}"


CELLS = st.sampled_from([0.0, 0.25, 0.5, 1.0]) | st.none()


@st.composite
def contestants(draw, plan):
    systems = draw(st.integers(1, 16))
    files = tuple(range(systems)) + tuple(draw(st.lists(st.integers(0, systems - 1), max_size=4)))
    # Some run is good on most files, or nothing would ever be clear.
    rows = st.lists(CELLS, min_size=len(files), max_size=len(files))
    fine = st.sampled_from([0.0, 0.0, 0.25, None])
    good = st.lists(fine, min_size=len(files), max_size=len(files))
    runs = draw(st.lists(rows | good, min_size=1, max_size=7))
    scored = tuple(tuple(run) for run in runs if any(value is not None for value in run))
    return Contestants(plan, files, scored or ((0.5,) * len(files),))


def publish(organiser: Account, plan: Scoring) -> AnalysisVersion:
    [one] = plan.aggregates
    column = BoardColumn(
        one.name, one.label, one.unit, one.operation, "errors", one.best, shown=True
    )
    analysis = Analysis.objects.create(
        analysis_name="Errors", creator=organiser, state=AnalysisState.PUBLISHED
    )
    version = AnalysisVersion.objects.create(
        analysis=analysis, number=1, kind="task", content_hash="0" * 64, columns=[column.document()]
    )
    analysis.current_version = version
    analysis.save()
    return version


def finish(drawn: Contestants, run: int, version: AnalysisVersion, account: Account) -> None:
    """End a run as a worker does, without its rows of files."""
    submission = Submission.objects.create(
        analysis=version.analysis, created_by=account, display_name=name_of(run), status="finished"
    )
    row = Run.objects.create(submission=submission, version=version, status=Status.FINISHED)
    results = drawn.results(run)
    summed = summarise(drawn.plan, results, drawn.files, set(drawn.files))
    losses = board_losses(drawn.plan, results, drawn.files, set(drawn.files))
    of_run = RunSummary(summed.verdict, "", summed.coverage, summed.aggregates, losses=losses)
    Run.objects.filter(pk=row.pk).update(**of_run.documents())
    prepare_board(row, of_run)
    enter_on_board(row, of_run)


def cells(row: str) -> list[str]:
    """Read the texts of a row's cells."""
    found = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in found]


def board_rows(page: str) -> list[dict[str, str]]:
    """Read the table of a leaderboard's page by its headings."""
    table = page[page.index('<table class="board">') :].split("</table>")[0]
    head, *rows = [cells(row) for row in re.findall(r"<tr[^>]*>(.*?)</tr>", table, re.DOTALL)]
    return [dict(zip(head, row, strict=True)) for row in rows]


def check(drawn: Contestants, people: list[Account], organiser: Account, folder: Path) -> None:
    version = publish(organiser, drawn.plan)
    paths = []
    for run in range(len(drawn.runs)):
        finish(drawn, run, version, people[run])
        path = folder / f"{name_of(run)}.json"
        path.write_text(json.dumps(as_document(drawn.evaluation(run), drawn.subject(run))))
        paths.append(path)
    contest = Contest(paths)
    standings = contest.standings()
    page = Client().get(f"/analyses/{version.analysis_id}").content.decode()
    rows = board_rows(page)
    assert_same_order(rows, standings)
    assert_same_ranges(rows, [one.as_document() for one in standings])
    assert_same_words(page, contest.rule(), standings)
    assert_route_has_this_order(version.analysis_id, standings)
    assert_report_has_the_board_s_interval(drawn, rows, folder)


def assert_same_order(rows, standings) -> None:
    found = [(row["Rank"], row["Algorithm"].split()[0]) for row in rows]
    assert found == [(str(one.rank), one.algorithm) for one in standings]


def assert_same_ranges(rows, documents) -> None:
    for row, document in zip(rows, documents, strict=True):
        possible = document["possible_ranks"]
        shown = row.get("Possible ranks", "")
        assert shown.removesuffix(" may be the best") == (span(*possible) if possible else "")
        assert shown.endswith("may be the best") is (document["may_be_best"] is True)
        assert row["Runs"] == str(document["runs"]) == "1"


def assert_same_words(page, rule, standings) -> None:
    text = " ".join(unescape(page).split())
    if rule:
        assert rule in text
    for one in standings:
        if one.possible is None:
            # What is said of all comes first, then what is said of one alone.
            said = re.sub(r" ?\d+ files? without a score\.$", "", one.note)
            assert said
            assert said in text


def assert_route_has_this_order(analysis_id, standings) -> None:
    answer = Client().get(f"/jobs/{analysis_id}/leaderboard")
    listed = json.loads(json.loads(b"".join(answer.streaming_content)))
    names = dict(Submission.objects.values_list("pk", "display_name"))
    found = [names[next(pk for pk in names if str(pk) == row["pk"])] for row in listed]
    assert found == [one.algorithm for one in standings]


def assert_report_has_the_board_s_interval(drawn, rows, folder) -> None:
    names = [name_of(run) for run in range(len(drawn.runs))]
    first = names.index(rows[0]["Algorithm"].split()[0])
    evaluation = drawn.evaluation(first)
    aggregate = evaluation.aggregates[drawn.plan.primary]
    report = write_report(folder / "report", evaluation, drawn.subject(first), lambda name: None)
    assert interval(aggregate) in unescape(report.read_text())
    shown = rows[0].get("95 % interval", "")
    has_one = (aggregate.low, aggregate.high) != (None, None)
    assert shown in (span(aggregate.low, aggregate.high) if has_one else "", "")
    assert bool(shown) is has_one or "95 % interval" not in rows[0]


@pytest.fixture
def people(db: None) -> list[Account]:
    names = [f"p{number}" for number in range(7)]
    return [Account.objects.create(username=name, email=f"{name}@example.org") for name in names]


def ranked_alike(drawn, people, organiser, folder) -> None:
    with transaction.atomic():
        check(drawn, people, organiser, folder)
        transaction.set_rollback(True)


EACH_KIND = pytest.mark.parametrize(
    "plan",
    [plan_of(operation, best) for operation in ("mean", "median") for best in KINDS],
    ids=lambda plan: f"{plan.primary}-{plan.aggregates[0].best}",
)
FEW = settings(
    max_examples=examples(2), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
# Of six kinds, so that there are five hundred.
MANY = settings(FEW, max_examples=examples(84))


@EACH_KIND
@FEW
@given(data=st.data())
def test_home_and_hub_rank_alike(plan, people, organiser, tmp_path, data) -> None:
    ranked_alike(data.draw(contestants(plan)), people, organiser, tmp_path)


@pytest.mark.slow
@EACH_KIND
@MANY
@given(data=st.data())
def test_home_and_hub_rank_many_tables_alike(plan, people, organiser, tmp_path, data) -> None:
    ranked_alike(data.draw(contestants(plan)), people, organiser, tmp_path)
