"""How often a call is repeated because something outside may be why it failed.

Each repeat gets a fresh sandbox. What the algorithm could have done itself is repeated once, so
that it gains nothing by doing it: a second failure of this kind is its own. What it could not have
done is repeated a little more often, and is never its own.
"""

from collections import Counter

from valhub.evaluation.execution.outcome import Doubt

MOST = {Doubt.NONE: 0, Doubt.EITHER: 1, Doubt.OUTSIDE: 2}


class Repeats:
    """Counts the repeats of one call."""

    def __init__(self) -> None:
        self._used: Counter[Doubt] = Counter()

    def allow(self, doubt: Doubt) -> bool:
        """Whether to repeat the call after a failure of this kind; counts the repeat."""
        if self._used[doubt] >= MOST[doubt]:
            return False
        self._used[doubt] += 1
        return True
