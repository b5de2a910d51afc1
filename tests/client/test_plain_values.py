import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valhub.client.plain_values import plain

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.integers(), inner)
)


@given(VALUES)
def test_every_value_becomes_strict_json(value: object) -> None:
    json.dumps(plain(value), allow_nan=False)


def test_numbers_that_are_not_finite_become_null() -> None:
    assert plain([float("nan"), float("inf"), np.float64("nan"), 1.5]) == [None, None, None, 1.5]


def test_numpy_and_pandas_become_lists_and_objects() -> None:
    assert plain(np.array([1, 2])) == [1, 2]
    assert plain(np.int64(3)) == 3
    assert plain(pd.Series([1.0, np.nan], index=["a", "b"])) == {"a": 1.0, "b": None}


def test_missing_times_become_null() -> None:
    assert plain([pd.NaT, pd.NA]) == [None, None]


def test_dates_are_iso_8601() -> None:
    assert plain({"day": date(2026, 3, 1)}) == {"day": "2026-03-01"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.longdouble(1.5), 1.5),
        (np.array([np.longdouble(2)]), [2.0]),
        (np.longdouble("inf"), None),
        (np.clongdouble(1), "(1+0j)"),
        (np.array(np.clongdouble(1)), "(1+0j)"),
    ],
)
def test_numbers_longer_than_pythons_are_said_too(value: object, said: object) -> None:
    assert plain(value) == said
