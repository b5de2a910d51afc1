"""Numbers that loggers write where they have no value, such as -9999.

In data they are handed on, because real data has them. As a truth they would count as a number, and
every answer would be thousands away from it.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from valhub.evaluation.wording import count

_SENTINELS = (
    *(-99.9, -999.0, -999.9, -9999.0, -9999.9, -99999.0, -999999.0, -6999.0, -7999.0, -32768.0),
    *(9999.0, 9999.9, 99999.0, 999999.0, 32767.0, 65535.0, 2147483647.0, -2147483648.0),
)


def sentinel_notes(truth: object) -> Iterator[str]:
    """Note numbers of a truth that usually stand for a gap.

    Parameters
    ----------
    truth : Series, dict of str to float, or anything else
        As `DataTables` reads it; anything else has no numbers.

    Yields
    ------
    str
        One sentence or two for each reference.
    """
    if isinstance(truth, pd.Series):
        found = np.asarray(truth, dtype=np.float64)
        rows = np.flatnonzero(np.isin(found, _SENTINELS))
        if rows.size:
            first = truth.index[rows[0]]
            yield _note(f"The truth is {found[rows[0]]:g} at {first}", int(rows.size) - 1)
    elif isinstance(truth, dict):
        for reference, number in truth.items():
            if number in _SENTINELS:
                yield _note(f"The truth of {reference} is {number:g}", 0)


def _note(what: str, others: int) -> str:
    more = f", and such a number {count(others, 'more time')}" if others else ""
    return f"{what}{more}, which loggers write for a gap. If it is one, remove it."
