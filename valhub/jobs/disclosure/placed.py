"""The aggregates of a run as it stands on its board: a page, a route and the board say the same.

The best of several results was chosen for its score, so its intervals are wider than those of the
one run, which nobody is shown while it stands for its account.
"""

from collections.abc import Mapping
from dataclasses import replace

from valhub.evaluation.results import Aggregate
from valhub.leaderboards.selectors.placings import Placing, StoredInterval

NO_WIDER_ONE = "No interval is known for the best of several results here."


def as_placed(aggregates: Mapping[str, Aggregate], placing: Placing) -> dict[str, Aggregate]:
    """Give a run's aggregates the intervals with which it stands on its board."""
    if placing.results < 2:
        return dict(aggregates)
    return {name: _placed(one, placing.intervals.get(name)) for name, one in aggregates.items()}


def _placed(one: Aggregate, stored: StoredInterval | None) -> Aggregate:
    """Take over an interval; without one, the words for why there is none stay where there are."""
    if stored is None or (stored.low, stored.high) == (None, None):
        has_one = (one.low, one.high) != (None, None)
        return replace(one, low=None, high=None, caveat=NO_WIDER_ONE if has_one else one.caveat)
    return replace(
        one, low=stored.low, high=stored.high, systems=stored.systems, sites=stored.sites
    )
