"""Reading answers of a few single numbers."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valhub.evaluation.scoring.answers import InvalidAnswer, read_series
from valhub.evaluation.scoring.scalars import scalars

ORIENTATION = ("azimuth", "tilt")
EXPECTED = {"azimuth": 158.0, "tilt": 45.0}


def refusal(answer, references=ORIENTATION):
    with pytest.raises(InvalidAnswer) as caught:
        scalars(answer, references)
    return str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        (158, 45),
        [158.0, np.float64(45)],
        np.array([158, 45]),
        (np.array(158), np.array([45])),
        pd.Series([158, 45]),
        pd.Series([45, 158], index=["tilt", "azimuth"]),
        pd.Series([158, 45], index=pd.date_range("2013", periods=2)),
        {"tilt": 45, "azimuth": 158},
        {"azimuth": 158, "tilt": 45, "confidence": "high"},
    ],
    ids=repr,
)
def test_every_form_of_an_answer_is_read(answer):
    assert scalars(answer, ORIENTATION) == EXPECTED


@pytest.mark.parametrize("answer", [5, 5.0, np.float32(5), np.array(5), [5], {"rate": 5}])
def test_one_reference_takes_one_number_in_any_form(answer):
    assert scalars(answer, ("rate",)) == {"rate": 5.0}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "returned nothing (None); expected 2 numbers in the order azimuth, tilt"),
        (158, "returned 1 value; expected 2 numbers"),
        ((158, 45, 0), "returned 3 values"),
        ((), "returned 0 values"),
        ("158, 45", "returned a str"),
        ({158, 45}, "returned a set"),
        (np.zeros((2, 2)), "an array of shape (2, 2)"),
        (pd.DataFrame({"azimuth": [158], "tilt": [45]}), "a DataFrame with 2 columns"),
        ({"azimuth": 158}, "no value named tilt; expected azimuth and tilt"),
        ({}, "no value named azimuth and tilt"),
        ((158, None), "nothing (None) for tilt"),
        ((158, "45"), "a str for tilt"),
        ((158, 45j), "a complex for tilt"),
        ((158, [45]), "a list for tilt"),
        ((158, Decimal(45)), "a Decimal for tilt"),
        ((158, float("nan")), "nan for tilt; expected a finite number"),
        ((158, -np.inf), "-inf for tilt"),
        ((158, 1e101), "beyond ±1e+100 for tilt"),
        ((158, 10**400), "inf for tilt"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(answer, said):
    message = refusal(answer)
    assert said in message
    assert message.endswith(".")


@given(st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=5))
def test_a_tuple_a_list_an_array_and_a_dict_mean_the_same(numbers):
    names = [f"r{i}" for i in range(len(numbers))]
    expected = dict(zip(names, numbers, strict=True))
    for answer in (tuple(numbers), list(numbers), np.array(numbers), expected):
        assert scalars(answer, names) == expected


@pytest.mark.parametrize("answer", [{}, [1.0], "text", None])
def test_many_references_are_not_all_named(answer):
    said = refusal(answer, tuple(f"reference_{'r' * 80}_{n}" for n in range(1_000)))
    assert len(said) < 2_500
    assert "990 more" in said


@pytest.mark.parametrize(
    "answer", [pd.Series(pd.Categorical(["a" * 9_000])), np.zeros(1, [("a" * 9_000, "f8")])]
)
def test_long_type_is_cut(answer):
    with pytest.raises(InvalidAnswer) as caught:
        read_series(answer)
    assert len(str(caught.value)) < 250
