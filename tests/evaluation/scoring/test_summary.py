"""A whole run in a few numbers."""

from dataclasses import replace

import numpy as np
import pytest

from valhub.evaluation.results import Best, FileOutcome, Verdict
from valhub.evaluation.scoring.plan import Scoring
from valhub.evaluation.scoring.summary import overall_verdict, summarise
from valhub.evaluation.wording import remark

MAE = "mean_absolute_error_time_series"
MEAN_MAE = f"mean_{MAE}"


@pytest.fixture
def plan(series_config):
    return Scoring.from_config(series_config())


def scored(name, mae, runtime=1.0):
    metrics = {MAE: float(mae), "share_within_tolerance_time_series": 1.0}
    return FileOutcome(name, Verdict.SCORED, metrics=metrics, wall_s=runtime, coverage=1.0)


def failed(name, verdict=Verdict.ERROR):
    return FileOutcome(name, verdict, message="It raised.")


def table(**issues):
    return {name: {"issue": issue, "system_id": name} for name, issue in issues.items()}


def test_aggregates_are_over_the_scored_leaderboard_files(plan):
    results = [scored("a", 1), scored("b", 3), failed("c"), scored("practice", 100)]
    summary = summarise(plan, results, {}, {"a", "b", "c"})
    assert summary.aggregates[MEAN_MAE].value == 2
    assert summary.coverage == pytest.approx(2 / 3)
    assert summary.verdict is Verdict.ERROR


def test_an_aggregate_carries_unit_label_direction_and_interval(plan):
    results = [scored(name, mae) for name, mae in zip("abcdef", range(6), strict=True)]
    systems = {name: {"system_id": name} for name in "abcdef"}
    aggregate = summarise(plan, results, systems, set("abcdef")).aggregates[MEAN_MAE]
    assert (aggregate.unit, aggregate.label, aggregate.best) == ("min", "Mean MAE", Best.LOWEST)
    assert (aggregate.operation, aggregate.column) == ("mean", MAE)
    assert 0 <= aggregate.low < aggregate.value < aggregate.high
    assert (aggregate.files, aggregate.systems, aggregate.caveat) == (6, 6, "")


def test_the_final_part_is_summed_up_apart_and_changes_nothing_else(plan):
    known = [scored("a", 1), scored("b", 3)]
    metadata = table(a="x", b="y", c="x", d="z", e="z")
    alone = summarise(plan, known, metadata, {"a", "b"})
    final = [failed("c"), scored("d", 50), scored("e", 70)]
    counting = {"a", "b", "c", "d"}
    both = summarise(plan, [*final, *known], metadata, counting, {"c", "d", "e"})
    assert alone.final is None
    assert (both.verdict, both.coverage) == (alone.verdict, 1.0)
    assert (both.aggregates, both.slices) == (alone.aggregates, alone.slices)
    assert (both.final.verdict, both.final.coverage) == (Verdict.ERROR, 0.5)
    assert both.final.aggregates[MEAN_MAE].value == 50
    assert [part.value for part in both.final.slices] == ["x", "z"]


def test_a_dry_run_on_the_final_part_alone_has_its_verdict(plan):
    summary = summarise(plan, [failed("c")], {}, {"c"}, {"c"})
    assert (summary.verdict, summary.coverage, summary.aggregates) == (Verdict.ERROR, 0.0, {})


def test_costs_and_coverage_are_aggregated_from_the_results_themselves(plan):
    summary = summarise(plan, [scored("a", 1, 2.0), scored("b", 1, 7.0)], {}, {"a", "b"})
    assert summary.aggregates["max_runtime"].value == 7
    assert summary.aggregates["max_runtime"].unit == "s"
    assert summary.aggregates["mean_coverage"].value == 1


def with_cpu_time(series_config, *, ranks):
    operations = {MAE: ["mean"], "cpu_time": ["mean"]}
    primary = "mean_cpu_time" if ranks else MEAN_MAE
    return Scoring.from_config(
        series_config(
            performance_metrics=["mean_absolute_error", "cpu_time"],
            metrics_operations=operations,
            primary_metric=primary,
        )
    )


@pytest.mark.parametrize("measured", [(2.0, 4.0), (2.0, None), (None, None)])
def test_processor_time_counts_when_it_was_measured_for_every_file(series_config, measured):
    results = [
        replace(scored(name, 1), cpu_s=cpu_s) for name, cpu_s in zip("ab", measured, strict=True)
    ]
    summary = summarise(with_cpu_time(series_config, ranks=False), results, {}, {"a", "b"})
    assert summary.verdict is Verdict.SCORED
    means = {name: one.value for name, one in summary.aggregates.items()}
    assert means == {MEAN_MAE: 1} | ({} if None in measured else {"mean_cpu_time": 3})


def test_ranking_by_processor_time_that_was_not_measured_is_the_hubs_fault(series_config):
    plan = with_cpu_time(series_config, ranks=True)
    results = [replace(scored("a", 1), cpu_s=2.0), scored("b", 1)]
    summary = summarise(plan, results, {}, {"a", "b"})
    assert (summary.verdict, summary.coverage) == (Verdict.INTERNAL_ERROR, 0.5)
    assert summarise(plan, results[:1], {}, {"a"}).verdict is Verdict.SCORED


def test_run_times_are_summed_up_over_the_files_on_which_they_were_measured(plan):
    results = [scored("a", 1, 2.0), scored("b", 1, None), scored("c", 1, 7.0)]
    summary = summarise(plan, results, table(a="x", b="x", c="x"), set("abc"))
    longest, error = summary.aggregates["max_runtime"], summary.aggregates[MEAN_MAE]
    assert (longest.value, longest.files, longest.unmeasured) == (7, 2, 1)
    assert (error.files, error.unmeasured) == (3, 0)
    assert (summary.verdict, summary.coverage) == (Verdict.SCORED, 1.0)
    assert remark([error, longest]) == "The run time was measured on 2 of 3 files."
    assert remark([error]) == ""


def test_without_any_measured_run_time_there_is_no_sum_of_them(plan):
    results = [scored("a", 1, None), scored("b", 1, None)]
    summary = summarise(plan, results, {}, {"a", "b"})
    assert summary.verdict is Verdict.SCORED
    assert "max_runtime" not in summary.aggregates
    assert summary.aggregates[MEAN_MAE].value == 1


def test_ranking_by_a_run_time_that_was_not_measured_is_the_hubs_fault(series_config):
    operations = {MAE: ["mean"], "runtime": ["mean"]}
    config = series_config(
        performance_metrics=["mean_absolute_error", "runtime"],
        metrics_operations=operations,
        primary_metric="mean_runtime",
    )
    results = [scored("a", 1, 2.0), scored("b", 1, None)]
    summary = summarise(Scoring.from_config(config), results, {}, {"a", "b"})
    assert (summary.verdict, summary.coverage) == (Verdict.INTERNAL_ERROR, 0.5)


def test_one_file_has_a_value_but_no_interval(plan):
    aggregate = summarise(plan, [scored("a", 1)], {}, {"a"}).aggregates[MEAN_MAE]
    assert (aggregate.value, aggregate.low, aggregate.high) == (1, None, None)
    assert aggregate.caveat == "1 system: too few for an interval."


def test_without_a_scored_file_there_are_no_aggregates(plan):
    summary = summarise(plan, [failed("a")], table(a="none"), {"a"})
    assert (summary.aggregates, summary.coverage) == ({}, 0)
    assert summary.slices[0].aggregates == {}


def test_a_leaderboard_file_that_was_never_run_counts_as_not_scored(plan):
    summary = summarise(plan, [scored("a", 1)], {}, {"a", "b"})
    assert (summary.coverage, summary.verdict) == (0.5, Verdict.CANCELLED)


def test_the_order_of_the_results_does_not_matter(plan):
    results = [scored(name, mae) for name, mae in zip("abcdef", range(6), strict=True)]
    forwards = summarise(plan, results, {}, set("abcdef"))
    assert summarise(plan, results[::-1], {}, set("abcdef")) == forwards


def test_intervals_count_systems_and_not_files(plan):
    names = [f"f{i:02}" for i in range(60)]
    results = [scored(name, i // 10) for i, name in enumerate(names)]
    by_system = {name: {"system_id": i // 10} for i, name in enumerate(names)}
    by_file = {name: {"system_id": i} for i, name in enumerate(names)}
    wide = summarise(plan, results, by_system, set(names)).aggregates[MEAN_MAE]
    narrow = summarise(plan, results, by_file, set(names)).aggregates[MEAN_MAE]
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_slices_divide_the_leaderboard_files_by_a_column(plan):
    results = [scored("a", 1), scored("b", 3), failed("c"), scored("practice", 100)]
    metadata = table(a="dst", b="none", c="none", practice="none")
    slices = summarise(plan, results, metadata, {"a", "b", "c"}).slices
    assert [(one.column, one.value, one.files, one.scored) for one in slices] == [
        ("issue", "dst", 1, 1),
        ("issue", "none", 2, 1),
    ]
    assert [one.aggregates[MEAN_MAE].value for one in slices] == [1, 3]


def test_slices_sort_numbers_then_words_then_what_has_no_value(plan):
    values = [60, 15.0, "b", "a", None, np.nan, "", 7.5, True]
    names = [f"f{i}" for i in range(len(values))]
    metadata = table(**dict(zip(names, values, strict=True)))
    slices = summarise(plan, [], metadata, {*names, "unknown"}).slices
    assert [one.value for one in slices] == ["7.5", "15", "60", "True", "a", "b", "(none)"]
    assert slices[-1].files == 4


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ("scored scored", "scored"),
        ("scored error", "error"),
        ("error timeout timeout", "timeout"),
        ("timeout error", "error"),
        ("invalid_output out_of_memory", "out_of_memory"),
        ("error error cancelled", "cancelled"),
        ("cancelled organiser_error", "organiser_error"),
        ("organiser_error internal_error error", "internal_error"),
        ("", "cancelled"),
    ],
)
def test_the_verdict_of_a_run_is_the_most_telling_one(verdicts, expected):
    assert overall_verdict([Verdict(name) for name in verdicts.split()]) == expected


def test_a_practice_file_that_fails_spoils_the_verdict_but_not_the_coverage(plan):
    summary = summarise(plan, [scored("a", 1), failed("practice")], {}, {"a"})
    assert (summary.verdict, summary.coverage) == (Verdict.ERROR, 1)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_a_score_without_a_finite_metric_is_the_organisers_fault(plan, value):
    part = {} if value is None else {MAE: value}
    lacking = FileOutcome("b", Verdict.SCORED, metrics=part, coverage=1.0)
    summary = summarise(plan, [scored("a", 1), lacking], {}, {"a", "b"})
    assert summary.verdict is Verdict.ORGANISER_ERROR
    assert summary.coverage == 0.5
    assert summary.aggregates[MEAN_MAE].value == 1
