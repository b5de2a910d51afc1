"""What an evaluator returned is stored on every database, whatever it holds."""

import json

import pytest

from valhub.jobs.services.storable import storable_document, storable_text


def test_ordinary_values_stay_as_they_are() -> None:
    value = {"a": [1, 2.5, True, None, "ü"], "b": {"c": -(2**63) + 1}}
    assert storable_document(value) == value


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"a\0": "\0b"}, {"a\ufffd": "\ufffdb"}),
        (["\ud800"], ["?"]),
        ({1: (1, 2)}, {"1": [1, 2]}),
        ([float("nan"), float("-inf")], [None, None]),
        (10**400, "1" + 400 * "0"),
        ([2**63, -(10**300)], [float(2**63), -1e300]),
        (1 + 2j, "(1+2j)"),
    ],
)
def test_what_a_database_refuses_is_replaced(value: object, kept: object) -> None:
    assert storable_document(value) == kept
    assert r"\u0000" not in json.dumps(storable_document(value), allow_nan=False)


def test_texts_keep_everything_but_nul_and_half_pairs() -> None:
    assert storable_text("a\0\ud83d\N{SNOWMAN}\n") == "a\ufffd?\N{SNOWMAN}\n"
