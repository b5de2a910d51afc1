"""Reading what an algorithm returned as numbers, and saying what is wrong when it is not.

Only shape and type are judged here; which number belongs to which reference is alignment's.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
import pandas as pd

from valhub.evaluation.closed_sentences import Closed, ClosedText
from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.packages.tasks.references import LARGEST_MAGNITUDE
from valhub.evaluation.packages.tasks.truth_times import EARLIEST, LATEST
from valhub.evaluation.scoring.agreement import Numbers
from valhub.texts import cut

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}|$)", re.ASCII)
_OFFSET = re.compile(r"[T ].*(Z|[+-]\d{2}(:?\d{2})?)$")
_MESSAGE_CHARACTERS = 200


class InvalidAnswer(EvaluationError):
    """The algorithm's answer cannot be scored.

    Parameters
    ----------
    closed : Closed
        The sentence for an author who may not see the data.
    detail : str, optional
        The full sentence; by default the same.
    """

    code = "invalid-output"

    def __init__(self, closed: Closed, detail: str | None = None) -> None:
        self.closed = closed.said()
        super().__init__(detail or self.closed)

    @classmethod
    def unreadable(cls, error: Exception) -> "InvalidAnswer":
        """Refuse an answer that made Python, NumPy or pandas raise something."""
        return cls(Closed.UNREADABLE, f"{Closed.UNREADABLE.said()} Reading it raised {_of(error)}.")


def _of(error: Exception) -> str:
    """Name an exception with what it says, which may quote the answer."""
    try:
        text = repr(error)
    except Exception:  # noqa: BLE001 - a number of 5,000 digits cannot be written, for example
        return type(error).__name__
    return cut("".join(one if one.isprintable() else " " for one in text), _MESSAGE_CHARACTERS)


class InvalidTruth(EvaluationError):
    """The ground truth of this file cannot be scored against.

    Parameters
    ----------
    closed : ClosedText
        The sentence for an author who may not see the data.
    detail : str, optional
        The full sentence, which may quote the truth; by default the same.
    """

    code = "invalid-truth"

    def __init__(self, closed: ClosedText, detail: str | None = None) -> None:
        self.closed = closed
        super().__init__(detail or closed)


@dataclass(frozen=True)
class SeriesAnswer:
    """A sequence of numbers as the algorithm returned it.

    Attributes
    ----------
    numbers : ndarray of float64, shape (n,)
        NaN where there is no answer, otherwise finite.
    stamps : DatetimeIndex or None
        None when the numbers stand in order and carry no time.
    """

    numbers: Numbers
    stamps: pd.DatetimeIndex | None


def read_series(answer: object) -> SeriesAnswer:
    """Read a Series, a one-column DataFrame, an Index, a 1-D array, a list or a tuple.

    Parameters
    ----------
    answer : object
        Booleans count as 0 and 1. NaN, None in a list and NA in a nullable dtype are missing.

    Returns
    -------
    SeriesAnswer

    Raises
    ------
    InvalidAnswer
        For anything else: None, a single number, text, complex numbers, dtype object, two
        dimensions, an empty sequence, or a number that is infinite or beyond ±1e100.
    """
    if isinstance(answer, pd.DataFrame) and answer.shape[1] == 1:
        answer = answer.iloc[:, 0]
    stamps = _stamps(answer.index) if isinstance(answer, pd.Series) else None
    numbers = _numbers(answer)
    refuse_huge(numbers)
    return SeriesAnswer(numbers, stamps)


def refuse_huge(numbers: Numbers) -> None:
    """Raise `InvalidAnswer` when a number is infinite or beyond ±1e100; NaN passes."""
    huge = np.flatnonzero(np.abs(numbers) > LARGEST_MAGNITUDE)
    if huge.size:
        count = f"{huge.size} of the {numbers.size} values returned"
        is_or_are = "is" if huge.size == 1 else "are"
        raise InvalidAnswer(
            Closed.NOT_FINITE,
            f"{count} {is_or_are} infinite or beyond ±{LARGEST_MAGNITUDE:g}, the first at "
            f"position {huge[0]} (counted from 0); expected finite numbers.",
        )


def described(value: object) -> str:
    """Name a value's type and shape, never its content."""
    if value is None:
        return "nothing (None)"
    if isinstance(value, pd.DataFrame):
        return f"a DataFrame with {value.shape[1]} columns"
    if isinstance(value, pd.Series | pd.Index):
        index = value.index if isinstance(value, pd.Series) else value
        levels = f" and an index of {index.nlevels} levels" if index.nlevels > 1 else ""
        return f"{_with_article(value)} of dtype {cut(str(value.dtype))}{levels}"
    if isinstance(value, np.ndarray) and value.ndim != 1:
        return f"an array of shape {value.shape}"
    if isinstance(value, np.ndarray):
        return f"an array of dtype {cut(str(value.dtype))}"
    return _with_article(value)


def as_float(value: object) -> float | None:
    """Return a real number as float (a giant integer as infinity), or None for all else.

    NumPy hands out arrays of one element where people mean a number; such an array is one.
    """
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    # To Python a NumPy duration is a real number, which it is only in some unit.
    if not isinstance(value, Real | np.bool_) or isinstance(value, np.timedelta64):
        return None
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _with_article(value: object) -> str:
    name = type(value).__name__
    return f"an {name}" if name[0] in "aeiouAEIOU" else f"a {name}"


def _numbers(answer: object) -> Numbers:
    """Return the values as float64 with NaN for what is missing."""
    if _is_empty(answer):
        raise InvalidAnswer(
            Closed.EMPTY, "The algorithm returned an empty series; expected numbers."
        )
    if isinstance(answer, list | tuple):
        return _from_items(answer)
    if isinstance(answer, np.ndarray) and answer.ndim == 1 and _is_numeric(answer.dtype):
        with np.errstate(over="ignore"):
            return answer.astype(np.float64)
    if isinstance(answer, pd.Series | pd.Index) and _is_numeric(answer.dtype):
        with np.errstate(over="ignore"):
            return answer.to_numpy(dtype=np.float64, na_value=np.nan)
    raise InvalidAnswer(
        Closed.NOT_NUMBERS,
        f"The algorithm returned {described(answer)}; expected a Series or a one-dimensional "
        "array of numbers.",
    )


def _is_empty(answer: object) -> bool:
    if isinstance(answer, np.ndarray):
        return answer.size == 0
    return isinstance(answer, list | tuple | pd.Series | pd.Index) and len(answer) == 0


def _is_numeric(dtype: object) -> bool:
    is_numeric = pd.api.types.is_numeric_dtype(dtype)  # type: ignore[arg-type]
    return is_numeric and not pd.api.types.is_complex_dtype(dtype)  # type: ignore[arg-type]


def _from_items(items: Sequence[object]) -> Numbers:
    """Read a plain list, in which None and pandas' NA stand for a missing number."""
    if set(map(type, items)) == {float}:
        # By far the usual list, and a long one takes milliseconds this way.
        return np.array(items, dtype=np.float64)
    numbers = []
    for position, item in enumerate(items):
        number = float("nan") if item is None or item is pd.NA else as_float(item)
        if number is None:
            raise InvalidAnswer(
                Closed.NOT_NUMBERS,
                f"The algorithm returned a list that holds {described(item)} at position "
                f"{position} (counted from 0); expected numbers only.",
            )
        numbers.append(number)
    return np.array(numbers, dtype=np.float64)


def _stamps(index: pd.Index) -> pd.DatetimeIndex | None:
    """Return the index as time stamps in nanoseconds, or None when it holds none."""
    try:
        if isinstance(index, pd.PeriodIndex):
            index = index.to_timestamp()
        elif index.inferred_type == "date":
            index = pd.DatetimeIndex(index)
        elif index.inferred_type in ("datetime", "string"):
            index = _as_moments(index)
        if not isinstance(index, pd.DatetimeIndex):
            return None
        stamps = index.as_unit("ns")
    except pd.errors.OutOfBoundsDatetime:
        raise _out_of_range() from None
    if stamps.hasnans:
        raise InvalidAnswer(Closed.NO_TIME)
    if ((stamps.asi8 < EARLIEST.value) | (stamps.asi8 > LATEST.value)).any():
        raise _out_of_range()
    return stamps


def _as_moments(index: pd.Index) -> pd.Index:
    """Read datetimes whose UTC offsets change, or text in ISO 8601; anything else is left as it is.

    By position they could count for other days without a word.
    """
    if index.inferred_type == "string" and not all(_ISO.match(str(text)) for text in index):
        return index
    aware = {_is_aware(stamp) for stamp in index}
    if len(aware) > 1:
        raise InvalidAnswer(Closed.MIXED_ZONES)
    try:
        return pd.to_datetime(index, format="ISO8601", utc=aware == {True})
    except pd.errors.OutOfBoundsDatetime:
        raise
    except ValueError:
        return index


def _is_aware(stamp: object) -> bool:
    if isinstance(stamp, str):
        return _OFFSET.search(stamp) is not None
    return getattr(stamp, "tzinfo", None) is not None


def _out_of_range() -> InvalidAnswer:
    return InvalidAnswer(
        Closed.TIMES_OUT_OF_RANGE,
        f"The algorithm returned time stamps outside the years {EARLIEST.year} to {LATEST.year}; "
        "expected the reference's time stamps.",
    )
