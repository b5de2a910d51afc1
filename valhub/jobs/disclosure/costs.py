"""What the hidden files of a run took together, for readers who do not see it file by file.

An algorithm decides how long it works on a file, so costs can carry what it read. In sum and as
medians they carry little, and two digits are enough to know what a run costs.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from valhub.jobs.disclosure.files import ShownCosts
from valhub.jobs.disclosure.readers import Reader
from valhub.jobs.disclosure.rounding import COST_DIGITS, rounded_number
from valhub.jobs.disclosure.rules import Rules
from valhub.jobs.models import FileResult


@dataclass(frozen=True)
class CostsInSum:
    """The costs of some files: all together, but for memory, and those of the median file.

    Run times are those of the files on which they were measured, `timed` of `files`.
    """

    files: int
    timed: int
    total: ShownCosts
    median: ShownCosts


def costs_in_sum(results: Iterable[FileResult], rules: Rules, reader: Reader) -> CostsInSum | None:
    """Sum up the costs that a reader does not see file by file; None where there are none.

    Only of runs that have ended: what a sum grows by would be the costs of one file.
    """
    withheld = [
        one
        for one in results
        if rules.shows_results(reader, one.file.part)
        and not rules.shows_costs(reader, one.file.part)
    ]
    if not withheld:
        return None
    run_times = [one.elapsed_s for one in withheld if one.elapsed_s is not None]
    measured = [one.cpu_time_s for one in withheld if one.cpu_time_s is not None]
    if len(measured) < len(withheld):
        # A sum of the files that were measured would pass for one of all.
        measured = []
    memory = [float(one.peak_memory_bytes) for one in withheld]
    return CostsInSum(
        files=len(withheld),
        timed=len(run_times),
        total=ShownCosts(
            _coarse(sum(run_times)) if run_times else None,
            _coarse(sum(measured)) if measured else None,
            None,
        ),
        median=ShownCosts(_median(run_times), _median(measured), _median(memory)),
    )


def _median(values: Sequence[float]) -> float | None:
    return _coarse(statistics.median(values)) if values else None


def _coarse(value: float) -> float:
    return rounded_number(value, COST_DIGITS)
