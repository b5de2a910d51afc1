"""Whatever an algorithm returns, it is scored or refused in one sentence, never a traceback."""

import datetime as dt
import math

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valhub.evaluation.scoring.alignment import align
from valhub.evaluation.scoring.answers import InvalidAnswer
from valhub.evaluation.scoring.scalars import scalars

ZONES = [None, "UTC", "America/Denver", "Europe/Dublin", "Etc/GMT+7"]
FIRST, LAST = pd.Timestamp.min.value, pd.Timestamp.max.value
NEAR = st.integers(0, 10).map(lambda day: pd.Timestamp("2013-11-01").value + day * 86_400 * 10**9)
INSTANTS = NEAR | st.sampled_from([FIRST, FIRST + 1, LAST - 1, LAST]) | st.integers(FIRST, LAST)

SCALAR_PARTS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(max_size=3)
    | st.dates()
    | st.binary(max_size=3)
)
NESTED = st.recursive(
    SCALAR_PARTS,
    lambda parts: (
        st.lists(parts, max_size=4)
        | st.tuples(parts, parts)
        | st.dictionaries(st.text(max_size=2) | st.sampled_from(["azimuth", "tilt"]), parts)
    ),
    max_leaves=6,
)
ARRAYS = hnp.arrays(
    hnp.scalar_dtypes() | st.just(np.dtype(object)), hnp.array_shapes(min_dims=0, min_side=0)
)


@st.composite
def labelled(draw):
    """Draw a Series with time stamps of any kind, far and near, in any zone and order."""
    instants = draw(st.lists(INSTANTS, max_size=6))
    index = pd.DatetimeIndex(np.array(instants, dtype="datetime64[ns]"))
    index = index.tz_localize("UTC").tz_convert(draw(st.sampled_from(ZONES)))
    numbers = st.floats() | st.sampled_from([0.0, 1.0])
    return pd.Series(draw(st.lists(numbers, min_size=len(index), max_size=len(index))), index)


@st.composite
def references(draw):
    index = pd.date_range("2013-11-01", periods=6, freq="D", tz=draw(st.sampled_from(ZONES)))
    return pd.Series(np.arange(6.0), index=index)


def sentence(error):
    message = str(error)
    assert message.startswith(("The algorithm", *"123456789"))
    assert message.endswith(".")
    assert "\n" not in message


@given(
    answer=labelled() | NESTED | ARRAYS | st.lists(st.dates()).map(pd.Index),
    reference=references(),
    by=st.sampled_from(["date", "timestamp"]),
    fill=st.sampled_from([None, 0.0]),
)
def test_any_series_answer_is_aligned_or_refused(answer, reference, by, fill):
    try:
        aligned = align(answer, reference, by=by, fill=fill)
    except InvalidAnswer as error:
        sentence(error)
        return
    assert aligned.answer.shape == aligned.reference.shape == (6,)
    assert np.isfinite(aligned.answer).all()
    assert 0 < aligned.coverage <= 1
    assert aligned.coverage == 1 or fill is not None


@given(labelled() | NESTED | ARRAYS)
def test_any_scalar_answer_is_read_or_refused(answer):
    try:
        found = scalars(answer, ("azimuth", "tilt"))
    except InvalidAnswer as error:
        sentence(error)
        return
    assert list(found) == ["azimuth", "tilt"]
    assert all(math.isfinite(number) for number in found.values())


@given(st.dates(dt.date.min, dt.date.max))
def test_dates_of_any_year_are_read_or_refused(day):
    answer = pd.Series([1.0, 2.0], index=[day, dt.date(2013, 11, 2)])
    reference = pd.Series([0.0, 0.0], index=pd.date_range("2013-11-01", periods=2))
    try:
        assert align(answer, reference, by="date", fill=0).answer[1] == 2
    except InvalidAnswer as error:
        sentence(error)
