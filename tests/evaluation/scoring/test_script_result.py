"""What an organiser's `evaluate` returned, read as metrics that every hub can keep."""

import pytest

from valhub.evaluation.scoring.script_result import (
    LONGEST_NAME,
    MOST_METRICS,
    InvalidResult,
    metrics_of,
)

LONG = "a" * 2_000_000


def returned(**metrics: object) -> dict[str, object]:
    return {"result": [{"all": metrics}]}


def test_metrics_are_named_by_split() -> None:
    result = {"result": [{"day": {"mae": 1}, "night": {"mae": 2.5}}]}
    assert metrics_of(result) == {"day.mae": 1.0, "night.mae": 2.5}


@pytest.mark.parametrize("value", [None, [], {"result": {}}, {"result": ["x"]}, returned(mae="1")])
def test_another_shape_is_refused(value: object) -> None:
    with pytest.raises(InvalidResult, match="evaluate"):
        metrics_of(value)


@pytest.mark.parametrize("name", ["m" * (LONGEST_NAME - 3), "a\0b", "line\nline", "\udc80"])
def test_a_name_that_cannot_be_kept_is_refused(name: str) -> None:
    with pytest.raises(InvalidResult, match="all of them printable"):
        metrics_of(returned(**{name: 1.0}))


@pytest.mark.parametrize("two", [("mae", "MAE"), ("resume", "résumé"), ("mae", "mae ")])
def test_names_that_some_database_takes_for_one_are_refused(two: tuple[str, str]) -> None:
    with pytest.raises(InvalidResult, match="differ only in case or accents"):
        metrics_of(returned(**dict.fromkeys(two, 1.0)))


def test_names_of_the_greatest_length_and_other_alphabets_are_taken() -> None:
    longest = "m" * (LONGEST_NAME - len("all."))
    assert list(metrics_of(returned(**{longest: 1, "誤差": 2}))) == [f"all.{longest}", "all.誤差"]


def test_more_metrics_than_a_board_has_columns_are_refused() -> None:
    with pytest.raises(InvalidResult, match=f"at most {MOST_METRICS} are allowed"):
        metrics_of(returned(**{f"m{i}": i for i in range(MOST_METRICS + 1)}))


@pytest.mark.parametrize(
    "result",
    [
        {**returned(mae=1), "submission_result": LONG},
        {**returned(mae=1), "submission_metadata": [{"a": [LONG]}]},
        {**returned(mae=1), "execution_time": LONG[:100_000]},
        {**returned(mae=1), LONG: 1},
        {**returned(mae=1), "submission_result": [1.0] * 2_000_000},
        {"result": [{"all": {"mae": 1}}] * 100_000},
        {"result": [{LONG: {"mae": 1}}]},
        {"result": [{"all": {LONG: 1}}]},
        {"result": [{LONG: 1}]},
    ],
    ids=["text", "inner", "public", "key", "list", "entries", "split", "metric", "no metrics"],
)
def test_more_than_can_be_stored_and_shown_is_refused(result: object) -> None:
    with pytest.raises(InvalidResult, match="KiB") as caught:
        metrics_of(result)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("number", [10**400, -(10**400), float("inf"), float("nan"), 1j, None])
def test_number_that_is_not_finite_is_refused(number: object) -> None:
    with pytest.raises(InvalidResult, match="not a finite number"):
        metrics_of(returned(mae=number))


@pytest.mark.parametrize("value", [True, False])
def test_a_comparison_is_no_metric(value: bool) -> None:
    with pytest.raises(InvalidResult, match=rf"which is {value} and not a number"):
        metrics_of(returned(is_right=value))


def test_number_of_thousands_of_digits_is_refused_wherever_it_is() -> None:
    number = 10**5_000
    for result in (
        {"result": [{number: {"mae": 1}}]},
        {"result": [{"all": {number: 1}}]},
        {**returned(mae=1), "submission_result": [number]},
        returned(mae=number),
    ):
        with pytest.raises(InvalidResult, match="thousands of digits"):
            metrics_of(result)


def test_name_of_a_split_is_quoted_and_cut() -> None:
    with pytest.raises(InvalidResult) as caught:
        metrics_of({"result": [{"\x1b[2J" + "s" * 500: "no metrics"}]})
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200
