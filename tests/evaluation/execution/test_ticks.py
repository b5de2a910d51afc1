"""A host notices when it could not watch, by clocks that a test moves."""

import pytest

from valhub.evaluation.execution.outcome import Doubt
from valhub.evaluation.execution.repeats import Repeats
from valhub.evaluation.execution.ticks import Ticks


class Clocks:
    """Seconds that pass, and those in which the host worked."""

    def __init__(self) -> None:
        self.now_s = self.busy_s = 0.0

    def ticks(self) -> Ticks:
        return Ticks(lambda: self.now_s, lambda: self.busy_s)

    def move(self, idle_s: float, busy_s: float = 0.0) -> None:
        self.now_s += idle_s + busy_s
        self.busy_s += busy_s


@pytest.mark.parametrize(
    ("steps", "lost_s"),
    [
        ([], 0.0),
        ([(0.05, 0.0)] * 100, 0.0),
        ([(0.05, 0.0), (0.6, 0.0), (0.05, 0.0)], 0.0),  # late, as on a busy machine
        ([(0.05, 30.0)], 0.0),  # a large answer was decoded
        ([(0.05, 0.0), (5.0, 0.0), (0.05, 0.0)], 5.0),
        ([(5.0, 0.0), (0.05, 0.0), (7.0, 2.0)], 12.0),
    ],
)
def test_only_time_in_which_the_host_neither_slept_nor_worked_is_lost(
    steps: list[tuple[float, float]], lost_s: float
) -> None:
    clocks = Clocks()
    ticks = clocks.ticks()
    noticed = []
    for idle_s, busy_s in steps:
        clocks.move(idle_s, busy_s)
        noticed.append(ticks.tick())
    assert ticks.lost_s == pytest.approx(lost_s)
    assert any(noticed) is (lost_s > 0)


def test_time_that_was_not_watched_on_purpose_is_not_lost() -> None:
    clocks = Clocks()
    ticks = clocks.ticks()
    clocks.move(60.0)
    ticks.restart()
    assert not ticks.tick()
    assert ticks.lost_s == 0


@pytest.mark.parametrize(
    ("doubts", "tries"),
    [
        ([Doubt.NONE], 1),
        ([Doubt.EITHER] * 9, 2),
        ([Doubt.OUTSIDE] * 9, 3),
        ([Doubt.EITHER, Doubt.NONE], 2),
        # Whoever is to blame for one end is not blamed for another kind.
        ([Doubt.OUTSIDE, Doubt.EITHER, Doubt.OUTSIDE, Doubt.EITHER, Doubt.EITHER], 4),
    ],
)
def test_a_call_is_repeated_as_often_as_the_doubt_allows(doubts: list[Doubt], tries: int) -> None:
    repeats = Repeats()
    made = 1
    for doubt in doubts:
        if not repeats.allow(doubt):
            break
        made += 1
    assert made == tries
