"""The example submissions: they run on the task's files and are as good as they claim."""

import importlib.util
import json
from inspect import signature
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from valhub.evaluation.packages.algorithms.algorithm import open_algorithm
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments

EXAMPLES = Path(__file__).parents[2] / "examples"
TASK = Path(__file__).parents[2] / "tasks/time-shift-detection"
PLACE = {"latitude": 39.742, "longitude": -105.1727, "timezone": "Etc/GMT+7"}


def load(path: str) -> ModuleType:
    source = EXAMPLES / path
    spec = importlib.util.spec_from_file_location(path.replace("/", "_"), source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answer_of(example: str, power: pd.Series, sampling: int) -> pd.Series:
    """Call an example with what it takes of the task's arguments."""
    function = load(f"{example}/submission_wrapper.py").detect_time_shifts
    offered = {**PLACE, "data_sampling_frequency": sampling}
    taken = signature(function).parameters
    return function(power, **{name: value for name, value in offered.items() if name in taken})


def error_of(example: str, task: object, name: str) -> pd.Series:
    sampling = int(task.files.loc[name, "data_sampling_frequency"])
    return answer_of(example, task.power(name), sampling) - task.truth(name)


def solar_noon_error(task: object, name: str) -> pd.Series:
    return error_of("solar_noon", task, name)


def test_zero_shift_answers_every_day_with_zero(time_shift_task):
    (name,) = time_shift_task.names(issue="full DST", length="2.7 years")
    answer = answer_of("zero_shift", time_shift_task.power(name), 15)
    assert answer.index.equals(time_shift_task.truth(name).index.rename(None))
    assert (answer == 0).all()


@pytest.mark.parametrize("issue", ["none", "wrong time zone", "full DST", "partial DST"])
def test_solar_noon_is_within_minutes_at_quarter_hours(time_shift_task, issue):
    (name,) = time_shift_task.names(issue=issue, length="2.7 years")
    error = solar_noon_error(time_shift_task, name)
    assert error.notna().all()
    assert error.abs().mean() < 3


def test_solar_noon_says_what_to_add_not_what_to_take_off(time_shift_task):
    (name,) = time_shift_task.names(issue="full DST", length="2.7 years")
    answer = solar_noon_error(time_shift_task, name) + time_shift_task.truth(name)
    assert answer["2012-07-01"] == -60
    assert answer["2012-01-15"] == 0


def test_solar_noon_answers_days_without_any_power(time_shift_task):
    power = time_shift_task.power(time_shift_task.names(issue="none", system_id=2016)[0]) * 0
    answer = load("solar_noon/submission_wrapper.py").detect_time_shifts(
        power, data_sampling_frequency=15, **PLACE
    )
    assert (answer == 0).all()


# Mean error of the worse file in minutes; with middays in half samples, full DST was at 7.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("issue", "worst"), [("none", 0), ("wrong time zone", 0), ("full DST", 1), ("partial DST", 5)]
)
def test_change_point_is_as_good_on_hourly_data(time_shift_task, issue, worst):
    names = time_shift_task.names(issue=issue, data_sampling_frequency=60, length="1 year")
    errors = [error_of("change_point", time_shift_task, name) for name in names]
    assert all(error.notna().all() for error in errors)
    assert max(error.abs().mean() for error in errors) <= worst


@pytest.mark.parametrize("sampling", [15, 60])
@pytest.mark.parametrize("example", ["zero_shift", "solar_noon", "change_point"])
def test_stamps_with_a_zone_are_answered_like_those_without(time_shift_task, example, sampling):
    name, *_ = time_shift_task.names(
        issue="wrong time zone", data_sampling_frequency=sampling, system_id=50, length="1 year"
    )
    power = time_shift_task.power(name)
    aware = power.tz_localize(PLACE["timezone"]).tz_convert("UTC")
    expected = answer_of(example, power, sampling)
    pd.testing.assert_series_equal(answer_of(example, aware, sampling), expected, check_freq=False)


@pytest.mark.parametrize("example", ["zero_shift", "solar_noon", "change_point"])
def test_every_submission_opens_without_a_fault(example):
    config = json.loads((TASK / "config.json").read_text())
    offered = OfferedArguments(tuple(config["allowable_kwargs"]))
    algorithm = open_algorithm(EXAMPLES / example, config["function_name"], offered=offered)
    assert algorithm.requirements.lines
    assert "position" not in algorithm.entry.called_with


def test_the_script_algorithm_opens_without_a_fault_and_needs_nothing():
    algorithm = open_algorithm(EXAMPLES / "script_package/algorithm")
    assert algorithm.requirements.lines == ()


def test_the_script_package_scores_its_algorithm_between_bad_and_perfect():
    analysis = EXAMPLES / "script_package/analysis"
    answer = load("script_package/analysis/main.py").evaluate(
        analysis / "test_data",
        analysis / "test_annotation.txt",
        load("script_package/algorithm/main.py").predict,
    )
    (split,) = answer["result"]
    assert split["test_split"] == pytest.approx(
        {"accuracy": 0.660377, "mean_absolute_error": 0.396226}, abs=1e-6
    )
    assert {"submission_metadata", "submission_result", "execution_time"} <= set(answer)


def test_the_script_package_gives_a_perfect_score_to_the_annotation_itself():
    analysis = EXAMPLES / "script_package/analysis"
    truth = [int(line) for line in (analysis / "test_annotation.txt").read_text().split()]
    answer = load("script_package/analysis/main.py").evaluate(
        analysis / "test_data", analysis / "test_annotation.txt", lambda days: truth
    )
    assert answer["result"][0]["test_split"] == {"accuracy": 1, "mean_absolute_error": 0}
