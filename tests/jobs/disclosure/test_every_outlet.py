"""What each reader learns of a run through all outlets together is what the guides' table says.

Nothing here asks the gate's own rules: what is expected is written down once more, from the table.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.jobs.disclosure.marked_run import (
    ERROR,
    MarkedFile,
    finish_run,
    make_version,
    marked_files,
    summary,
)
from tests.jobs.disclosure.outlets import (
    addresses,
    admin_addresses,
    numbers_in,
    precision,
    read_all,
)
from valhub.accounts.models import Account
from valhub.analyses.models import AnalysisVersion
from valhub.api.v0 import leaderboard
from valhub.evaluation.wording import memory, percent
from valhub.jobs.models import Run, Submission
from valhub.web.views import analyses

As = Callable[[Account | None], Client]
IN_FULL = ("organiser", "staff")
ALL_DIGITS = 10


@dataclass(frozen=True)
class Case:
    """A policy, how many hidden files were scored, and what became of final part and run."""

    policy: dict[str, Any] = field(default_factory=dict)
    columns: list[str] | None = None
    hidden: int = 12
    revealed: bool = False
    released: bool = True

    @property
    def document(self) -> dict[str, Any]:
        return {"policy": self.policy, "private_results_columns": self.columns}

    def says(self, key: str, default: object) -> Any:
        return self.policy.get(key, default)


CASES = {
    "the default": Case(),
    "scores: aggregates": Case({"scores": "aggregates"}),
    "scores: files": Case({"scores": "files"}),
    "scores: files, of one column": Case({"scores": "files", "signed": True}, [ERROR]),
    "signed, file by file": Case({"scores": "files", "signed": True}),
    "few files": Case(hidden=4),
    "few files, signed": Case({"signed": True}, hidden=4),
    "digits: 2": Case({"digits": 2, "scores": "files"}),
    "digits: 6": Case({"digits": 6}),
    "digits: 17": Case({"digits": 17}),
    "costs: files": Case({"costs": "files"}),
    "an improvement": Case({"release": "improvement"}),
    "no improvement": Case({"release": "improvement", "scores": "files"}, released=False),
    "revealed": Case(revealed=True),
    "revealed, scores: files": Case({"scores": "files", "costs": "files"}, revealed=True),
}


@dataclass(frozen=True)
class Reading:
    """All that one reader could read of a run, and the numbers in it."""

    case: Case
    reader: str
    text: str
    numbers: set[str]

    def digits_of(self, value: float) -> int:
        return precision(self.numbers, value)

    def has(self, words: str) -> bool:
        return words in self.text


# The others vary one of these.
QUICK = ("the default", "revealed")
PARAMS = [
    pytest.param(case, id=name, marks=[] if name in QUICK else pytest.mark.slow)
    for name, case in CASES.items()
]


@pytest.fixture(params=PARAMS)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture
def run(case: Case, organiser: Account, participant: Account, outsider: Account) -> Run:
    version = make_version(organiser, case.document, case.hidden)
    if case.revealed:
        AnalysisVersion.objects.update(revealed_at=timezone.now())
    summed = summary(case.hidden, released=case.released)
    made = finish_run(version, participant, summed, case.hidden)
    if case.released:
        # Another entry on the board, so that it has a second page and a cursor that leads there.
        finish_run(version, outsider, summed, case.hidden)
    return made


@pytest.fixture
def people(
    organiser: Account, staff: Account, outsider: Account, participant: Account
) -> dict[str, Account | None]:
    return {
        "author": participant,
        "organiser": organiser,
        "staff": staff,
        "other": outsider,
        "nobody": None,
    }


@pytest.fixture
def readings(
    case: Case,
    run: Run,
    as_: As,
    people: dict[str, Account | None],
    monkeypatch: pytest.MonkeyPatch,
) -> list[Reading]:
    monkeypatch.setattr(analyses, "BOARD_ROWS", 1)
    monkeypatch.setattr(leaderboard, "LONGEST", 1)
    texts = {name: read_all(as_(account), addresses(run)) for name, account in people.items()}
    return [Reading(case, name, text, numbers_in(text)) for name, text in texts.items()]


def test_readers_learn_what_the_table_allows(readings: list[Reading]) -> None:
    for reading in readings:
        for check in CHECKS:
            check(reading)


@pytest.fixture
def default_run(organiser: Account, participant: Account) -> Run:
    version = make_version(organiser, {}, hidden=12)
    return finish_run(version, participant, summary(12), hidden=12)


def markers(text: str) -> list[object]:
    """Everything of the run's files and aggregates that a text has, were it four digits."""
    numbers = numbers_in(text)
    files, whole = marked_files(12), summary(12).aggregates.values()
    values = [value for file in files for value in (file.error, file.signed)]
    values += [value for one in whole for value in (one.value, one.low, one.high) if value]
    said = re.findall(r"(?:message|traceback|logs)-of-[\w-]+", text)
    return [*(value for value in values if precision(numbers, value)), *said]


def test_the_administration_shows_all_of_it_to_the_staff_alone(
    default_run: Run, as_: As, people: dict[str, Account | None]
) -> None:
    for name, account in people.items():
        seen = set(markers(read_all(as_(account), admin_addresses())))
        scored = {file.error for file in marked_files(12) if not file.failed}
        said = {f"{one}-of-final-20" for one in ("message", "traceback", "logs")}
        assert (scored | said <= seen) if name == "staff" else not seen, name


def test_the_metrics_of_the_hub_say_nothing_of_a_run(
    default_run: Run, as_: As, staff: Account
) -> None:
    response = as_(staff).get("/metrics")
    assert response.status_code == 200
    assert not markers(response.content.decode())


def test_events_name_no_file_of_the_final_part(default_run: Run) -> None:
    events = default_run.submission.events.order_by("number")
    named = {event.data["file"] for event in events if event.kind == "file"}
    known = {file.name for file in marked_files(12) if file.part != "final"}
    assert named == known
    assert [event.number for event in events] == list(range(1, len(known) + 2))
    assert not markers(" ".join(str(event.data) for event in events))


def test_what_is_stored_for_an_earlier_release_is_everybody_s_part(default_run: Run) -> None:
    numbers = numbers_in(str(Submission.objects.get().result))
    assert [precision(numbers, one.value) for one in summary(12).aggregates.values()] == [4, 4]


def test_what_an_earlier_release_stored_passes_the_gate(
    default_run: Run, as_: As, participant: Account
) -> None:
    Submission.objects.update(result={"metrics": {"mean_mae": {"value": 811.3232123}}})
    text = read_all(as_(participant), addresses(default_run))
    assert precision(numbers_in(text), 811.3232123) == 4


def test_log_lines_say_nothing_of_a_run(
    organiser: Account, participant: Account, as_: As, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG", logger="valhub"):
        version = make_version(organiser, {}, hidden=12)
        run = finish_run(version, participant, summary(12), hidden=12)
        read_all(as_(participant), addresses(run))
    assert len(caplog.records) > 5
    # How long a request took may have four digits of a marker by chance.
    lines = [re.sub(r"'duration_ms': [\d.]+", "", one.getMessage()) for one in caplog.records]
    assert not markers("\n".join(lines))


def expected_results(reading: Reading, part: str) -> bool:
    """Whether the reader knows of the results of a part."""
    if reading.reader in IN_FULL:
        return True
    if part == "public" or reading.reader != "author":
        return part == "public" and reading.reader == "author"
    return reading.case.released and (part != "final" or reading.case.revealed)


def expected_digits(reading: Reading, file: MarkedFile, column: str) -> int:
    """How many digits of a metric of one file the reader sees, in v1: a page shows four at most."""
    if file.failed or not expected_results(reading, file.part):
        return 0
    whole = len(repr(file.error if column == ERROR else file.signed).replace("-", "")) - 1
    if reading.reader in IN_FULL or file.part == "public":
        return whole
    signed_allowed = column == ERROR or reading.case.says("signed", default=False)
    listed = reading.case.columns is None or column in reading.case.columns
    shown = reading.case.says("scores", "slices") == "files" and listed and signed_allowed
    digits = reading.case.says("digits", 4)
    return min(whole, digits) if shown and digits >= 4 else 0


def check_metrics_of_files(reading: Reading) -> None:
    for file in marked_files(reading.case.hidden):
        for column, value in ((ERROR, file.error), ("error_x", file.signed)):
            wanted = expected_digits(reading, file, column)
            assert reading.digits_of(value) == wanted, (reading.reader, file.name, column)


def check_names_and_verdicts_of_files(reading: Reading) -> None:
    for file in marked_files(reading.case.hidden):
        known = file.part == "public" or expected_results(reading, file.part)
        assert (file.name in reading.text) == known, (reading.reader, file.name)


def check_public_files_are_everybody_s_and_no_others(reading: Reading) -> None:
    for name in ("public-0.csv", "truth-public-0.csv", "starter.zip"):
        assert reading.has(f"content-of-{name}"), (reading.reader, name)
    links = set(re.findall(r'href="/analyses/\d+/files/([^"/]+)', reading.text))
    assert links == {"public-0.csv", "public-1.csv"}


def check_what_failed_algorithms_said(reading: Reading) -> None:
    for file in marked_files(reading.case.hidden):
        known = file.failed and expected_results(reading, file.part)
        own = known and reading.reader in ("author", "staff")
        assert reading.has(f"message-of-{file.name}") == known
        assert reading.has(f"traceback-of-{file.name}") == own
        assert reading.has(f"logs-of-{file.name}") == own


def check_coverage_of_files(reading: Reading) -> None:
    for file in marked_files(reading.case.hidden):
        exact = expected_results(reading, file.part) and (
            reading.reader in IN_FULL
            or file.part == "public"
            or (
                reading.case.says("scores", "slices") == "files"
                and reading.case.columns is None
                and reading.case.says("digits", 4) >= 4
            )
        )
        assert reading.has(f">{percent(file.coverage)}<") == (exact and not file.failed)


def check_costs_of_files(reading: Reading) -> None:
    for file in marked_files(reading.case.hidden):
        known = expected_results(reading, file.part)
        full = known and (reading.reader in IN_FULL or file.part == "public")
        coarse = known and not full and reading.case.says("costs", "aggregates") == "files"
        wall_s, size = file.wall_s, file.memory_bytes
        assert reading.has(f">{wall_s:.3g} s<") == full
        assert reading.has(f'"run_time_s":{wall_s!r}') == full
        assert reading.has(f">{wall_s:.2g} s<") == coarse
        assert reading.has(f">{memory(size)}<") == full
        assert reading.has(f">{memory(float(f'{size:.2g}'))}<") == coarse


def check_aggregates(reading: Reading) -> None:
    digits = reading.case.says("digits", 4)
    whole = summary(reading.case.hidden).aggregates
    for name, one in whole.items():
        few = name == "mean_bias" and reading.case.hidden < 5
        shown = reading.reader in IN_FULL or (
            reading.case.released and (not few or reading.case.says("signed", default=False))
        )
        for value in (one.value, one.low, one.high):
            assert value is not None
            seen = reading.digits_of(value)
            if reading.reader in IN_FULL:
                assert seen >= ALL_DIGITS
            elif not shown or digits < 4:
                assert seen == 0, (reading.reader, name)
            else:
                # A board shows four at most, and its route as many as are allowed.
                assert seen == min(digits, len(repr(value)) - 1)
    # On the board, which is everybody's, the organiser reads it too.
    words = reading.case.hidden < 5 and not reading.case.says("signed", default=False)
    assert reading.has("not shown: signed errors of fewer than 5") == words


def check_slices(reading: Reading) -> None:
    policy = reading.case.says("scores", "slices")
    for part in summary(reading.case.hidden).slices:
        allowed = part.column == "wide" or part.value == "mixed-0"
        shown = reading.reader in IN_FULL or (
            reading.reader == "author"
            and policy != "aggregates"
            and allowed
            and reading.case.released
        )
        rounded_off = reading.reader == "author" and reading.case.says("digits", 4) < 4
        (number,) = part.aggregates.values()
        assert reading.has(part.value) == shown
        assert (reading.digits_of(number.value) > 0) == (shown and not rounded_off)


def check_final_scores(reading: Reading) -> None:
    final = summary(reading.case.hidden).final
    assert final is not None
    shown = reading.reader in IN_FULL or (reading.case.revealed and reading.case.released)
    for one in final.aggregates.values():
        # The organiser reads them in full, though the board shows four digits to everybody.
        assert (reading.digits_of(one.value) > 0) == shown
        assert (reading.digits_of(one.value) >= ALL_DIGITS) == (reading.reader in IN_FULL)
    (sliced,) = final.slices
    own = reading.reader in IN_FULL or (reading.reader == "author" and shown)
    assert reading.has(sliced.value) == own
    assert (reading.digits_of(sliced.aggregates["mean_mae"].value) > 0) == own


def check_progress_counts_what_the_reader_knows_of(reading: Reading) -> None:
    files = marked_files(reading.case.hidden)
    knows = reading.reader in ("author", *IN_FULL)
    final_known = reading.reader in IN_FULL or reading.case.revealed
    counted = [one for one in files if one.part != "final" or final_known]
    failed = sum(one.failed for one in files if expected_results(reading, one.part))
    words = f"{len(counted)} of {len(counted)} files done, {failed} not scored"
    assert reading.has(words) == knows
    assert reading.has('\\"failed\\": ') == knows
    if knows:
        assert reading.has(f'\\"failed\\": {failed}, \\"files\\": {len(counted)}')


CHECKS = (
    check_metrics_of_files,
    check_names_and_verdicts_of_files,
    check_public_files_are_everybody_s_and_no_others,
    check_what_failed_algorithms_said,
    check_coverage_of_files,
    check_costs_of_files,
    check_aggregates,
    check_slices,
    check_final_scores,
    check_progress_counts_what_the_reader_knows_of,
)
