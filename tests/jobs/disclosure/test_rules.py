"""What is decided about single numbers, slices and files, on plain values."""

import pytest

from valhub.analyses.models import DataFile
from valhub.evaluation.packages.tasks.disclosure_policy import Declared, DisclosurePolicy
from valhub.evaluation.results import Aggregate, Best, Slice
from valhub.evaluation.scoring.metrics import METRICS, RESOURCE_METRICS
from valhub.jobs.disclosure.costs import costs_in_sum
from valhub.jobs.disclosure.files import shown_files
from valhub.jobs.disclosure.readers import Reader
from valhub.jobs.disclosure.rounding import rounded, rounded_aggregate, rounded_document
from valhub.jobs.disclosure.rules import (
    COST_METRICS,
    FEW_IN_SLICE,
    FEW_SIGNED,
    SIGNED_METRICS,
    Rules,
    is_signed,
)
from valhub.jobs.disclosure.slices import shown_slices
from valhub.jobs.models import FileResult


def rules(known_files: int = 0, **policy: object) -> Rules:
    declared = Declared(policy=DisclosurePolicy.model_validate(policy))
    return Rules(declared, known_files=known_files)


def test_the_signed_metrics_are_those_of_the_engine() -> None:
    assert set(SIGNED_METRICS) == {name for name, metric in METRICS.items() if metric.signed}
    unsigned = METRICS.keys() - set(SIGNED_METRICS)
    assert not [name for name in unsigned if is_signed(name) or is_signed(f"{name}_azimuth")]
    assert is_signed("error_azimuth")


def test_the_costs_are_those_of_the_engine() -> None:
    assert {metric.name for metric in RESOURCE_METRICS} - {"coverage"} == COST_METRICS


@pytest.mark.parametrize(
    ("files", "known", "signed", "best", "withheld"),
    [
        (5, 0, False, Best.ZERO, ""),
        (4, 0, False, Best.ZERO, FEW_SIGNED),
        (4, 0, True, Best.ZERO, ""),
        (4, 0, False, Best.LOWEST, ""),
        # Whoever knows three of seven knows the sum of the other four.
        (7, 3, False, Best.ZERO, FEW_SIGNED),
        (8, 3, False, Best.ZERO, ""),
        # A row of an earlier release does not say of how many files it is.
        (0, 0, False, Best.ZERO, FEW_SIGNED),
    ],
)
def test_a_signed_number_of_few_files_is_withheld(
    files: int, known: int, signed: bool, best: Best, withheld: str
) -> None:
    found = rules(known, signed=signed)
    assert found.withheld_score(Reader.AUTHOR, best, files) == withheld
    assert found.withheld_score(Reader.PUBLIC, best, files) == withheld
    assert found.withheld_score(Reader.ORGANISER, best, files) == ""


def part(value: str, scored: int, systems: int) -> Slice:
    number = Aggregate(1.23456, None, None, "", "MAE", "mean", "mae", Best.LOWEST, scored, systems)
    return Slice("kind", value, scored, scored, {"mae": number} if scored else {})


@pytest.mark.parametrize(
    ("sizes", "known", "shown", "withheld"),
    [
        ([(5, 2), (6, 2)], 0, ["0", "1"], 0),
        ([(5, 2), (4, 2)], 0, [], 2),  # the whole less the first would be the second
        ([(5, 2), (3, 2), (3, 2)], 0, ["0"], 2),  # the rest is six files
        ([(5, 2), (3, 1), (3, 1)], 0, [], 3),  # which may be of one system
        ([(5, 1), (6, 2), (5, 2)], 0, [], 3),
        ([(5, 2), (0, 0)], 0, ["0"], 1),  # nothing of the second is in the whole
        ([(5, 2), (9, 2)], 2, [], 2),
        ([(4, 4)], 0, [], 1),
    ],
)
def test_slices_are_shown_when_neither_they_nor_the_rest_are_small(
    sizes: list[tuple[int, int]], known: int, shown: list[str], withheld: int
) -> None:
    slices = [part(str(number), *size) for number, size in enumerate(sizes)]
    [table] = shown_slices(slices, rules(known), Reader.AUTHOR)
    assert [one.value for one in table.parts] == shown
    noun = "value" if withheld == 1 else "values"
    assert table.withheld == (f"{withheld} {noun} {FEW_IN_SLICE}" if withheld else "")
    [whole] = shown_slices(slices, rules(known), Reader.STAFF)
    assert (len(whole.parts), whole.withheld) == (len(sizes), "")


def test_a_cost_is_no_score_that_files_show() -> None:
    metrics = {"mae": 1.23456, **dict.fromkeys(COST_METRICS, 31.1)}
    result = FileResult(file=DataFile(name="a.csv", part="hidden"), metrics=metrics)
    [shown] = shown_files([result], rules(scores="files"), Reader.AUTHOR)
    assert shown.values == {"mae": 1.235}
    assert shown.costs is None


def test_processor_time_of_some_files_is_no_sum_of_all() -> None:
    results = [
        FileResult(file=DataFile(part="hidden"), wall_s=1.0, cpu_s=cpu_s, cpu_measured=measured)
        for cpu_s, measured in ((2.0, True), (4.0, True), (0.0, False))
    ]
    known = costs_in_sum(results[:2], rules(), Reader.AUTHOR)
    assert known is not None
    assert (known.total.processor_s, known.median.processor_s) == (6.0, 3.0)
    every = costs_in_sum(results, rules(), Reader.AUTHOR)
    assert every is not None
    assert (every.total.run_time_s, every.total.processor_s) == (3.0, None)
    assert every.median.processor_s is None


@pytest.mark.parametrize(
    ("measured", "timed", "total_s", "median_s"),
    [((True, True, True), 3, 14.0, 4.0), ((True, False, True), 2, 10.0, 5.0), ((False,) * 3, 0)
     + (None,) * 2],
)  # fmt: skip
def test_run_times_in_sum_say_of_how_many_files_they_are(
    measured: tuple[bool, ...], timed: int, total_s: float | None, median_s: float | None
) -> None:
    results = [
        FileResult(file=DataFile(part="hidden"), wall_s=wall_s, wall_measured=was_measured)
        for wall_s, was_measured in zip((2.0, 4.0, 8.0), measured, strict=True)
    ]
    costs = costs_in_sum(results, rules(), Reader.AUTHOR)
    assert costs is not None
    assert (costs.files, costs.timed) == (3, timed)
    assert (costs.total.run_time_s, costs.median.run_time_s) == (total_s, median_s)


@pytest.mark.parametrize(
    ("number", "digits", "result"),
    [
        (1.23456, 4, 1.235),
        (-1.23456, 2, -1.2),
        (0.0, 4, 0.0),
        (123456.0, 1, 100000.0),
        (5e-324, 4, 5e-324),
        (1.7976931348623157e308, 17, 1.7976931348623157e308),
        (0.1 + 0.2, 17, 0.30000000000000004),
        (0.1 + 0.2, 16, 0.3),
        (0.1 + 0.2, None, 0.30000000000000004),
        (None, 4, None),
    ],
)
def test_numbers_are_rounded_to_significant_digits(
    number: float | None, digits: int | None, result: float | None
) -> None:
    assert rounded(number, digits) == result
    assert rounded(result, digits) == result


def test_an_interval_still_holds_its_value_when_rounded() -> None:
    one = Aggregate(1.00049, 1.00041, None, "", "MAE", "mean", "mae", Best.LOWEST)
    found = rounded_aggregate(one, 4)
    assert (found.low, found.value, found.high) == (1.0, 1.0, None)


def test_documents_of_evaluations_are_rounded_through_and_through() -> None:
    returned = [{"split": {"accuracy": 0.123456, "days": 123456, "ok": True, "note": "0.123456"}}]
    rounded_one = {"accuracy": 0.1235, "days": 123500, "ok": True, "note": "0.123456"}
    assert rounded_document(returned, 4) == [{"split": rounded_one}]
    assert rounded_document(returned, None) == returned
