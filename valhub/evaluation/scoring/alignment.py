"""Which number of a series answer belongs to which value of the reference.

==============================================  ================================================
The algorithm returned                          What counts
==============================================  ================================================
list, tuple, 1-D array, Index, or a Series or   by position; as many values as the reference
one-column DataFrame without time stamps
the same with a DatetimeIndex, PeriodIndex,     by date or by time stamp, as the package says;
dates, or text in ISO 8601 as index             order does not matter
- by date                                       the date in the file's time zone
- by time stamp                                 the same instant, or the same naive time
- a naive side                                  is in the file's time zone; in the repeated hour
                                                of autumn its first occurrence comes first; times
                                                skipped in spring exist nowhere
- an aware side                                 is converted to the file's time zone
- the file has no time zone                     the reference's counts, else the answer's own
a date or time stamp the reference lacks        ignored
the same date or time stamp twice               one when the values are equal, otherwise invalid;
                                                a NaN beside a number is no answer
no answer, NaN, NA or None                      filled and counted against coverage when the
                                                package declares a fill; otherwise invalid
no number for any reference value               invalid, with or without a fill
True and False                                  1 and 0
nothing, text, objects, complex, 2-D, infinite  invalid
for a package of the earlier hub: as many       by position, unless its time stamps answer every
values as the reference                         reference value
==============================================  ================================================

Invalid means `InvalidAnswer` with one sentence for the participant.
"""

from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
import pandas as pd

from valhub.evaluation.closed_sentences import Closed
from valhub.evaluation.packages.tasks.task_config import Alignment
from valhub.evaluation.packages.tasks.truth_times import time_zone
from valhub.evaluation.scoring.agreement import Numbers
from valhub.evaluation.scoring.answers import (
    InvalidAnswer,
    InvalidTruth,
    SeriesAnswer,
    read_series,
)


@dataclass(frozen=True)
class Aligned:
    """An answer aligned with its reference.

    Attributes
    ----------
    answer, reference : ndarray of float64, shape (n,)
        Finite, in the order of the reference.
    coverage : float
        Share of the reference that was answered before filling, above 0 and up to 1.
    """

    answer: Numbers
    reference: Numbers
    coverage: float


def align(
    answer: object,
    reference: "pd.Series[float]",
    *,
    by: Alignment,
    fill: float | None,
    zone: str | None = None,
    in_order: bool = False,
) -> Aligned:
    """Align an answer with the reference it is scored against.

    Parameters
    ----------
    answer : object
        Whatever the algorithm returned.
    reference : Series of numbers, shape (n,), n ≥ 1
        The truth, finite, with unique time stamps, naive or in any zone.
    by : {"date", "timestamp"}
        What time stamps are compared by.
    fill : float or None
        Stands in for a missing answer; None makes a missing answer invalid.
    zone : str or None
        The file's time zone, which naive time stamps of either side are in.
    in_order : bool
        Whether as many values as the reference has count by position, as the earlier hub read
        them, when their time stamps leave some of it without an answer.

    Returns
    -------
    Aligned

    Raises
    ------
    InvalidAnswer
        By the table at the head of this module.
    InvalidTruth
        When two values of the reference share what they are compared by.
    """
    given = read_series(answer)
    stamps = reference.index
    if given.stamps is None or not isinstance(stamps, pd.DatetimeIndex):
        aligned = _by_position(given, len(reference))
    elif (
        in_order
        and given.numbers.size == len(reference)
        and not _answers_all(given.stamps, stamps, by, zone)
    ):
        aligned = given.numbers
    else:
        aligned = _by_stamp(given, given.stamps, reference=stamps, by=by, zone=zone)
    return _filled(aligned, reference, fill)


def _by_position(given: SeriesAnswer, expected: int) -> Numbers:
    if given.numbers.size != expected:
        raise InvalidAnswer(
            Closed.WRONG_LENGTH,
            f"The algorithm returned {given.numbers.size} values without time stamps; expected "
            f"{expected}, one for each value of the reference, or a Series with a DatetimeIndex.",
        )
    return given.numbers


def _answers_all(
    stamps: pd.DatetimeIndex, reference: pd.DatetimeIndex, by: Alignment, zone: str | None
) -> bool:
    keys, wanted = _keys(stamps, reference, by, zone)
    return bool(wanted.isin(keys).all())


def _by_stamp(
    given: SeriesAnswer,
    stamps: pd.DatetimeIndex,
    *,
    reference: pd.DatetimeIndex,
    by: Alignment,
    zone: str | None,
) -> Numbers:
    """Return one number for each reference stamp, NaN where there is none."""
    numbers = given.numbers
    keys, wanted = _keys(stamps, reference, by, zone)
    # A local time that its zone skips is NaT: it exists, but nothing can answer it.
    existing = np.flatnonzero(wanted.notna())
    _refuse_repeated_reference(wanted[existing], by)
    answered = np.flatnonzero(~np.isnan(numbers))
    found = wanted[existing].get_indexer(keys[answered])
    inside = found >= 0
    _refuse_no_overlap(stamps[answered], inside, reference, by)
    places, values = existing[found[inside]], numbers[answered[inside]]
    aligned = np.full(len(reference), np.nan)
    aligned[places] = values
    _refuse_contradiction(aligned[places], values, reference[places], by)
    return aligned


def _keys(
    stamps: pd.DatetimeIndex, reference: pd.DatetimeIndex, by: Alignment, zone: str | None
) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """Return both indexes in the form in which equal means the same date or instant."""
    home = time_zone(zone) if zone else reference.tz or stamps.tz
    if by == "date":
        return _dates(stamps, home), _dates(reference, home)
    if stamps.tz is None and reference.tz is None:
        return stamps, reference
    return _instants(stamps, home), _instants(reference, home)


def _dates(stamps: pd.DatetimeIndex, home: tzinfo | None) -> pd.DatetimeIndex:
    """Return the midnights of the local dates, naive, so that no change of the clock counts."""
    local = stamps if stamps.tz is None else stamps.tz_convert(home)
    return local.tz_localize(None).normalize()


def _instants(stamps: pd.DatetimeIndex, home: tzinfo | None) -> pd.DatetimeIndex:
    if stamps.tz is None:
        stamps = stamps.tz_localize(home, ambiguous=_first_times(stamps), nonexistent="NaT")
    return stamps.tz_convert("UTC")


def _first_times(stamps: pd.DatetimeIndex) -> np.ndarray:
    """Return whether each stamp appears for the first time.

    By sorting: an answer's author can choose stamps that all meet in one place of a hash table.
    """
    first = np.zeros(len(stamps), dtype=bool)
    first[np.unique(stamps.asi8, return_index=True)[1]] = True
    return first


def _refuse_repeated_reference(wanted: pd.DatetimeIndex, by: Alignment) -> None:
    if not wanted.is_unique:
        repeated = _label(wanted[wanted.duplicated()][0], by)
        raise InvalidTruth(
            Closed.TRUTH_REPEATED.said(alignment=by),
            f"The reference has several values for {repeated} when compared by {by}; its "
            "organiser should give one, or set alignment in config.json.",
        )


def _refuse_no_overlap(
    answered: pd.DatetimeIndex, inside: np.ndarray, reference: pd.DatetimeIndex, by: Alignment
) -> None:
    if len(answered) and not inside.any():
        ours, theirs = _span(reference, by), _span(answered, by)
        things = "dates" if by == "date" else "time stamps"
        raise InvalidAnswer(
            Closed.OTHER_TIMES,
            f"The algorithm's numbers run from {theirs} and none matches the reference's {things}, "
            f"which run from {ours}; expected the same {things}.",
        )


def _refuse_contradiction(
    stored: Numbers, values: Numbers, stamps: pd.DatetimeIndex, by: Alignment
) -> None:
    differing = np.flatnonzero(stored != values)
    if differing.size:
        first = differing[0]
        raise InvalidAnswer(
            Closed.CONTRADICTION,
            f"The algorithm returned different values for {_label(stamps[first], by)}, such as "
            f"{values[first]:g} and {stored[first]:g}; expected one value each.",
        )


def _filled(aligned: Numbers, reference: "pd.Series[float]", fill: float | None) -> Aligned:
    missing = np.isnan(aligned)
    count, total = int(np.count_nonzero(missing)), aligned.size
    if count == total:
        raise InvalidAnswer(
            Closed.ONLY_MISSING,
            f"The algorithm returned only missing values (NaN); expected {total} numbers.",
        )
    if count and fill is None:
        have = "has" if count == 1 else "have"
        first = reference.index[int(np.argmax(missing))]
        raise InvalidAnswer(
            Closed.MISSING_VALUES,
            f"{count} of the {total} values of the reference {have} no answer, the first at "
            f"{first}; expected a number for each.",
        )
    answer = aligned.copy()
    answer[missing] = fill
    truth = np.asarray(reference, dtype=np.float64)
    return Aligned(answer, truth, coverage=1 - count / total)


def _span(stamps: pd.DatetimeIndex, by: Alignment) -> str:
    return f"{_label(stamps.min(), by)} to {_label(stamps.max(), by)}"


def _label(stamp: pd.Timestamp, by: Alignment) -> str:
    return str(stamp.date()) if by == "date" else str(stamp)
