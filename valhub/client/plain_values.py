"""Turns any value that an evaluation can hold into what strict JSON can say."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd


def plain(value: object) -> Any:
    """Turn a value into strings, finite numbers, booleans, None, lists and dicts with text keys.

    A number that is not finite, or missing, becomes None, for JSON has no word for it. NumPy and
    pandas values become what their `tolist` or `to_dict` says; dates are ISO 8601.
    """
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(float(value)) else None
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return _plain_array(value)


def _plain_array(value: object) -> Any:
    for method in ("to_dict", "tolist"):
        if hasattr(value, method):
            said = getattr(value, method)()
            # Python has no word for NumPy's longer numbers, which stay what they are.
            return str(value) if type(said) is type(value) else plain(said)
    return str(value)
