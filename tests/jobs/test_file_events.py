"""Events of files: each file once, in few rows where a run has many, whatever ends the run."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.jobs.conftest import MakeRun
from valhub.accounts.models import Account
from valhub.analyses.models import AnalysisVersion, DataFile
from valhub.evaluation.results import FileOutcome, Verdict
from valhub.jobs.disclosure.events import shown_events
from valhub.jobs.models import Event, Run, Shard
from valhub.jobs.services.file_events import files_per_event
from valhub.jobs.services.leasing import Claim, claim
from valhub.jobs.services.recording import record_file_result
from valhub.jobs.services.run_ends import cancel_run
from valhub.web.report import event_lines

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("files", "each"),
    [(0, 1), (1, 1), (100, 1), (101, 2), (200, 2), (201, 3), (5_000, 50), (10**6, 500)],
)
def test_a_run_has_about_a_hundred_events_of_files(files: int, each: int) -> None:
    assert files_per_event(files) == each


@pytest.fixture
def run(make_run: MakeRun, participant: Account) -> Run:
    """A run of eight files in one shard, three of which make an event; the second one is final."""
    run = make_run(participant)
    run.files_per_event = 3
    run.save()
    Shard.objects.filter(run=run).exclude(ordinal=0).delete()
    Shard.objects.update(files=[*DataFile.objects.order_by("ordinal").values_list("pk", flat=True)])
    DataFile.objects.filter(name="1.csv").update(part="final")
    return run


@pytest.fixture
def held(run: Run) -> "Claim[Shard]":
    """Its shard, which a worker holds."""
    found = claim(Shard.objects.all(), "one")
    assert found is not None
    return found


def record(held: "Claim[Shard]", *numbers: int) -> None:
    for number in numbers:
        verdict = Verdict.TIMEOUT if number == 2 else Verdict.SCORED
        result = FileOutcome(f"{number}.csv", verdict)
        record_file_result(held, held.work.files[number], result)


def reported() -> list[list[str]]:
    found = Event.objects.filter(kind="files").order_by("number")
    return [[one["file"] for one in event.data["files"]] for event in found]


def test_events_report_the_files_since_the_last_one(held: "Claim[Shard]", run: Run) -> None:
    record(held, 0, 1, 2)
    assert reported() == []
    record(held, 3, 3, 0)
    assert reported() == [["0.csv", "2.csv", "3.csv"]]
    record(held, 7, 6)
    assert len(reported()) == 1
    record(held, 5, 4)
    assert reported() == [["0.csv", "2.csv", "3.csv"], ["7.csv", "6.csv", "5.csv"]]
    event = Event.objects.filter(kind="files").first()
    assert event is not None
    assert event.data["run"] == run.number
    assert event.data["files"][1] == {"file": "2.csv", "verdict": "timeout"}
    (line,) = event_lines([event])
    assert line.words == "3 files: 2 scored, 1 timeout"


def test_what_no_event_has_reported_is_reported_at_the_end(held: "Claim[Shard]", run: Run) -> None:
    record(held, 0, 2, 3, 4)
    cancel_run(run)
    kinds = [*run.submission.events.order_by("number").values_list("kind", flat=True)]
    assert kinds[-3:] == ["files", "files", "cancelled"]
    assert reported()[-1] == ["4.csv"]


def test_an_end_right_after_an_event_reports_nothing_twice(held: "Claim[Shard]", run: Run) -> None:
    record(held, 1, 0, 2, 3)
    cancel_run(run)
    assert reported() == [["0.csv", "2.csv", "3.csv"]]


def test_a_run_with_few_files_has_an_event_for_each(held: "Claim[Shard]", run: Run) -> None:
    Run.objects.update(files_per_event=1)
    record(held, 0, 1, 2)
    found = Event.objects.filter(kind="file").order_by("number")
    assert [one.data["file"] for one in found] == ["0.csv", "2.csv"]


def test_a_file_without_an_event_is_cheaper(held: "Claim[Shard]") -> None:
    with CaptureQueriesContext(connection) as with_none:
        record(held, 0)
    record(held, 2)
    with CaptureQueriesContext(connection) as with_one:
        record(held, 3)
    assert len(with_none) < len(with_one)


def test_withheld_files_are_left_out_of_an_event(
    version: AnalysisVersion, held: "Claim[Shard]", run: Run, participant: Account
) -> None:
    record(held, 0, 2, 3)
    # As if they had been reported before they belonged to the final part.
    DataFile.objects.filter(name__in=["0.csv", "3.csv"]).update(part="final")
    events = [*Event.objects.order_by("number")]
    shown = shown_events(events, run.submission, participant)
    (partly,) = [one for one in shown if one.kind == "files"]
    assert [one["file"] for one in partly.data["files"]] == ["2.csv"]
    assert len(Event.objects.get(kind="files").data["files"]) == 3
    DataFile.objects.update(part="final")
    left = shown_events(events, run.submission, participant)
    assert "files" not in {one.kind for one in left}
    assert len(left) == len(events) - 1
