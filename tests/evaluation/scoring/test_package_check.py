"""A package whose truth or configuration does not suit its metrics is refused by `check`."""

import json
from pathlib import Path

import pytest

from valhub.evaluation.packages.faults import InvalidPackage
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.scoring.package_check import check_scoring

CONFIG = {
    "function_name": "find_clipping",
    "comparison_type": "time_series",
    "performance_metrics": ["f1_score"],
    "metrics_operations": {"f1_score_time_series": ["mean"]},
}


@pytest.fixture
def faults_in(tmp_path: Path):
    """Write a package with one file and this truth, and return what is wrong with it."""

    def faults(*truth: object, **config: object):
        rows = "".join(f"2024-01-01 {hour:02}:00,{value}\n" for hour, value in enumerate(truth))
        files = {
            "config.json": json.dumps(CONFIG | config),
            "data/system_metadata.csv": "system_id,latitude,longitude\n1,39,-105\n",
            "data/file_metadata.csv": "system_id,file_name,timezone\n1,a.csv,UTC\n",
            "data/files/a.csv": f"time,power\n{rows}",
            "data/references/a.csv": f"time,clipped\n{rows}",
        }
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        try:
            check_scoring(open_package(tmp_path))
        except InvalidPackage as error:
            return error.faults
        return ()

    return faults


@pytest.mark.parametrize("truth", [(0, 1, 0), ("True", "False"), ("1.0", "0.0")])
@pytest.mark.parametrize("fill", [None, 0, 1])
def test_classes_and_a_fill_that_is_one_are_sound(faults_in, truth, fill):
    assert faults_in(*truth, fill_missing=fill) == ()


def test_a_truth_that_is_no_class_is_a_fault_at_its_line(faults_in):
    (fault,) = faults_in(0, 1, 2, 3)
    assert (fault.file, fault.line) == ("data/references/a.csv", 4)
    assert "f1_score counts 0 and 1" in fault.problem


@pytest.mark.parametrize("fill", [-1, 0.5, 2])
def test_a_fill_that_is_no_class_is_a_fault_of_the_configuration(faults_in, fill):
    (fault,) = faults_in(0, 1, fill_missing=fill)
    assert (fault.file, fault.column) == ("config.json", "fill_missing")
    assert f"would become {fill:g}" in fault.problem


def test_other_metrics_take_any_truth_and_fill(faults_in):
    metrics = {
        "performance_metrics": ["mean_absolute_error"],
        "metrics_operations": {"mean_absolute_error": ["mean"]},
    }
    assert faults_in(0, 1, 2, fill_missing=-1, **metrics) == ()


def test_a_metric_without_its_tolerance_is_a_fault_before_any_run(faults_in):
    metrics = {
        "performance_metrics": ["share_within_tolerance"],
        "metrics_operations": {"share_within_tolerance": ["mean"]},
    }
    (fault,) = faults_in(0, 1, **metrics)
    assert "has no tolerance" in fault.problem


@pytest.mark.parametrize("value", ["1e101", "-1e200"])
def test_a_truth_beyond_any_quantity_is_a_fault_at_its_line(faults_in, value):
    (fault,) = faults_in(0, 1, value)
    assert (fault.file, fault.line) == ("data/references/a.csv", 4)
    assert "beyond ±1e+100" in fault.problem


@pytest.mark.parametrize("fill", [1e101, -1e200])
def test_a_fill_beyond_any_quantity_is_a_fault_of_the_configuration(faults_in, fill):
    (fault,) = faults_in(0, 1, fill_missing=fill)
    assert (fault.file, fault.column) == ("config.json", "fill_missing")
