"""Whatever is placed and removed, the board is the one that ranking everything afresh gives."""

import math
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties import examples
from valhub.evaluation.results import Best
from valhub.evaluation.scoring.ranking import RankedResult, rank
from valhub.leaderboards.selectors.boards import board_of
from valhub.leaderboards.selectors.pages import board_page
from valhub.leaderboards.services.entries import ScoredValue, place_run, remove_run

START = datetime(2024, 3, 1, tzinfo=UTC)
NAMES = "abcd"


@dataclass(frozen=True)
class Run:
    name: str
    mae: float
    share: float
    coverage: float
    minute: int

    def value(self, column):
        value = getattr(self, column)
        return None if math.isnan(value) else value


VALUES = st.sampled_from([-1.0, -0.0, 0.0, 1.0, 1.5, math.nan])
COVERAGES = st.sampled_from([0.0, 1 / 3, 0.5, 1.0])
RUNS = st.builds(Run, st.sampled_from(NAMES), VALUES, VALUES, COVERAGES, st.integers(0, 2))
STEPS = st.lists(RUNS | st.integers(0, 9), max_size=12)


def ranked(runs, column, best):
    """Rank runs by the engine's rule; what ties is told apart by time, then by number."""
    names = {f"{run.minute} {number:04d}": number for number, run in runs.items()}
    entries = [
        RankedResult(name, runs[number].value(column), runs[number].coverage)
        for name, number in names.items()
    ]
    return [(one.rank, names[one.entry.name]) for one in rank(entries, best=best)]


def expected(runs, column, best):
    own = [{n: run for n, run in runs.items() if run.name == name} for name in NAMES]
    bests = [ranked(one, "mae", Best.LOWEST)[0][1] for one in own if one]
    places = ranked({number: runs[number] for number in bests}, column, best)
    return [(place, runs[number].minute, runs[number].name) for place, number in places]


def shown(version, column, size):
    rows, cursor = [], None
    while True:
        one = board_page(board=board_of(version), column=column, cursor=cursor, size=size)
        rows += [
            (row.rank, (row.submitted_at - START).seconds // 60, row.author) for row in one.rows
        ]
        cursor = one.next
        if cursor is None:
            return rows


class Hub:
    """Does the steps on a board, and keeps what was placed in mind."""

    def __init__(self, version, people):
        self.version, self.people, self.runs = version, people, {}

    def place(self, number):
        run = self.runs[number]
        place_run(
            version=self.version,
            account=self.people[run.name],
            submission_id=uuid.UUID(int=number),
            run_id=number,
            display_name="",
            is_baseline=False,
            coverage=run.coverage,
            values={"mae": ScoredValue(run.mae), "share": ScoredValue(run.share)},
            submitted_at=START + timedelta(minutes=run.minute),
        )

    def step(self, number, step):
        if isinstance(step, Run):
            self.runs[number] = step
            self.place(number)
        elif step in self.runs:
            name = self.runs.pop(step).name
            remove_run(version=self.version, run_id=step)
            for other in [n for n, run in self.runs.items() if run.name == name]:
                self.place(other)


@pytest.fixture
def people(person):
    return {name: person(name) for name in NAMES}


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, size=st.integers(1, 4))
def test_a_board_shows_what_ranking_everything_afresh_gives(version, people, steps, size):
    with transaction.atomic():
        hub = Hub(version, people)
        for number, step in enumerate(steps):
            hub.step(number, step)
        board = board_of(version)
        for column, best in (("mae", Best.LOWEST), ("share", Best.HIGHEST)):
            rows = shown(version, column, size)
            assert sorted(rows) == sorted(expected(hub.runs, column, best))
            assert [row[:2] for row in rows] == sorted(row[:2] for row in rows)
        assert board.entries_count == len(rows)
        transaction.set_rollback(True)
