"""Reading an answer of a few single numbers: which one belongs to which reference."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from valhub.evaluation.closed_sentences import Closed
from valhub.evaluation.packages.tasks.references import LARGEST_MAGNITUDE
from valhub.evaluation.scoring.answers import InvalidAnswer, as_float, described

_MOST_NAMED = 10


def scalars(
    answer: object, references: Sequence[str], *, may_hold_more: bool = False
) -> dict[str, float]:
    """Read an answer as one number for each reference.

    Parameters
    ----------
    answer : object
        A dict, or a Series labelled by reference, is read by name and may hold more; a tuple,
        list, 1-D array or other Series is read in the order of the references and may not. A
        single number will do for a single reference.
    references : sequence of str
        The package's `references_compare`.
    may_hold_more : bool
        Whether an ordered answer is read as the earlier hub read it: a table by its first row, and
        what follows the references not at all.

    Returns
    -------
    dict of str to float
        By reference, finite, in the references' units.

    Raises
    ------
    InvalidAnswer
        When a number is missing, too many, not a real number, NaN, infinite or beyond ±1e100.
    """
    if isinstance(answer, pd.Series | pd.DataFrame) and answer.index.nlevels > 1:
        raise _not_a_few_numbers(answer, references)
    if may_hold_more:
        answer = _first_row(answer, len(references))
    if isinstance(answer, pd.Series) and answer.index.isin(references).any():
        answer = _unique(answer, references)
    if isinstance(answer, Mapping):
        found = _by_name(answer, references)
    else:
        found = _in_order(answer, references)
    return {name: _finite(name, found[name]) for name in references}


def _unique(answer: "pd.Series[float]", references: Sequence[str]) -> dict[object, object]:
    """Return a Series by its labels; raise when a reference has several values."""
    repeated = [name for name in references if np.count_nonzero(answer.index == name) > 1]
    if repeated:
        raise InvalidAnswer(
            Closed.REPEATED_NAMES,
            f"The algorithm returned several values named {_listed(repeated)}; expected one value "
            "for each name.",
        )
    return dict(zip(answer.index, answer.tolist(), strict=True))


def _first_row(answer: object, count: int) -> object:
    if isinstance(answer, pd.DataFrame) and len(answer):
        answer = answer.iloc[0]
        is_named = answer.index.is_unique and any(isinstance(name, str) for name in answer.index)
        return answer if is_named else answer.iloc[:count]
    if isinstance(answer, np.ndarray) and answer.ndim == 2 and len(answer):
        answer = answer[0]
    if isinstance(answer, list | tuple):
        return answer[:count]
    return answer[:count] if isinstance(answer, np.ndarray) and answer.ndim == 1 else answer


def _by_name(answer: Mapping[object, object], references: Sequence[str]) -> dict[str, object]:
    missing = [name for name in references if name not in answer]
    if missing:
        raise InvalidAnswer(
            Closed.MISSING_NAMES,
            f"The algorithm returned no value named {_listed(missing)}; expected "
            f"{_listed(references)}.",
        )
    return {name: answer[name] for name in references}


def _in_order(answer: object, references: Sequence[str]) -> dict[str, object]:
    values = _values(answer)
    if values is None:
        raise _not_a_few_numbers(answer, references)
    if len(values) != len(references):
        raise InvalidAnswer(
            Closed.WRONG_COUNT,
            f"The algorithm returned {_numbered(len(values))}; expected {_expected(references)}.",
        )
    return dict(zip(references, values, strict=True))


def _not_a_few_numbers(answer: object, references: Sequence[str]) -> InvalidAnswer:
    return InvalidAnswer(
        Closed.NOT_A_FEW_NUMBERS,
        f"The algorithm returned {described(answer)}; expected {_expected(references)}.",
    )


def _values(answer: object) -> list[object] | None:
    """Return the answer's parts in order, or None when it has no order."""
    if isinstance(answer, list | tuple):
        return list(answer)
    if isinstance(answer, pd.Series | pd.Index):
        return answer.tolist()
    if isinstance(answer, np.ndarray) and answer.ndim <= 1:
        return list(np.atleast_1d(answer))
    return None if as_float(answer) is None else [answer]


def _finite(name: str, value: object) -> float:
    number = as_float(value)
    if number is None:
        raise InvalidAnswer(
            Closed.NOT_A_NUMBER,
            f"The algorithm returned {described(value)} for {name}; expected a number.",
        )
    if not math.isfinite(number) or abs(number) > LARGEST_MAGNITUDE:
        shown = number if not math.isfinite(number) else f"a number beyond ±{LARGEST_MAGNITUDE:g}"
        raise InvalidAnswer(
            Closed.NOT_FINITE,
            f"The algorithm returned {shown} for {name}; expected a finite number.",
        )
    return number


def _expected(references: Sequence[str]) -> str:
    if len(references) == 1:
        return f"one number, {references[0]}"
    return f"{len(references)} numbers in the order {_listed(references, last=', ')}"


def _numbered(count: int) -> str:
    return "1 value" if count == 1 else f"{count} values"


def _listed(names: Sequence[str], last: str = " and ") -> str:
    """Name a few things; a package may have any number of references."""
    if len(names) > _MOST_NAMED:
        return f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more"
    return last.join(filter(None, (", ".join(names[:-1]), names[-1])))
