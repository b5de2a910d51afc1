"""The earlier hub's two tasks, unchanged: they pass the check, and run as they did there."""

from dataclasses import replace

import pytest

from evaluation import earlier_hub
from evaluation.earlier_hub import AZ_TILT, OLD_TIME_SHIFT, TIME_SHIFT, earlier_package, submission
from valhub.client.check import CheckRequest, check_path
from valhub.evaluation.evaluate import KNOWN_NAMES
from valhub.evaluation.events import Notice
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.opening import open_package

LAYOUTS = {
    "newest": {},
    "middle": {"truth": "data/ground-truth"},
    "oldest": {"data": "data/file_data", "truth": "data/validation_data"},
}
AT_MOST = "at most 3 GiB can be given here."
CONFIGS = {"time-shift": TIME_SHIFT, "old-time-shift": OLD_TIME_SHIFT, "az-tilt": AZ_TILT}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("task", CONFIGS)
def test_check_passes_the_package_as_it_is(tmp_path, task, layout):
    root = earlier_package(tmp_path / task, CONFIGS[task], **LAYOUTS[layout])
    found = check_path(CheckRequest(str(root)))
    assert f"{task} is a sound task package with 2 files." in found
    assert found.count("files that are not data are ignored") == 2
    assert "unknown keys" not in found
    assert "passes its arguments by position" in found


@pytest.mark.parametrize("task", CONFIGS)
def test_a_package_without_limits_gets_the_earlier_hubs(tmp_path, task):
    config = open_package(earlier_package(tmp_path / task, CONFIGS[task])).config
    assert (config.limits.memory_bytes, config.limits.timeout_s) == (8 * 1024**3, None)
    assert config.arguments == "positional"
    assert config.of_earlier_hub


@pytest.mark.parametrize(
    ("own", "memory", "arguments"),
    [
        ({"limits": {"memory_bytes": 5 * 1024**3}}, 5 * 1024**3, "positional"),
        ({"limits": {"timeout_s": 5}}, 8 * 1024**3, "positional"),
        ({"arguments": "named"}, 8 * 1024**3, "named"),
    ],
)
def test_what_a_package_says_itself_is_kept(tmp_path, own, memory, arguments):
    config = open_package(earlier_package(tmp_path / "task", {**AZ_TILT, **own})).config
    assert (config.limits.memory_bytes, config.arguments) == (memory, arguments)


def test_a_package_of_no_hub_gets_nothing_of_the_earlier_one(tmp_path):
    only_ours = {
        key: value
        for key, value in TIME_SHIFT.items()
        if "results" not in key and key != "s3_bucket_folder_name"
    }
    config = open_package(earlier_package(tmp_path / "task", only_ours)).config
    assert (config.limits.memory_bytes, config.arguments) == (None, "named")
    assert not config.of_earlier_hub


def test_no_package_can_say_that_it_is_of_the_earlier_hub(tmp_path):
    claimed = {**TIME_SHIFT, "of_earlier_hub": False}
    config = open_package(earlier_package(tmp_path / "task", claimed)).config
    assert config.of_earlier_hub
    assert config.unknown_keys == ("of_earlier_hub",)


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        (
            {"mean_absolute_error": "A", "median_absolute_error": "B"},
            {"mean_mean_absolute_error": "A", "median_mean_absolute_error": "B"},
        ),
        ({"median_mean_absolute_error": "A"}, {"median_mean_absolute_error": "A"}),
        ({"mean_mean_absolute_error_time_series": "A"}, {"mean_mean_absolute_error": "A"}),
    ],
)
def test_old_labels_mean_the_aggregate_with_its_reference(tmp_path, labels, shown):
    old = {**OLD_TIME_SHIFT, "display_metrics": labels}
    config = open_package(earlier_package(tmp_path / "task", old), known=KNOWN_NAMES).config
    assert config.display_metrics == {f"{name}_time_series": label for name, label in shown.items()}
    assert config.primary_metric == next(iter(config.display_metrics))


def test_an_old_label_of_the_run_time_is_read(tmp_path):
    old = {**OLD_TIME_SHIFT, "display_metrics": {"mean_run_time": "Seconds"}}
    config = open_package(earlier_package(tmp_path / "task", old), known=KNOWN_NAMES).config
    assert config.display_metrics == {"mean_runtime": "Seconds"}


def test_a_label_that_means_two_aggregates_is_a_fault(tmp_path):
    old = {**AZ_TILT, "display_metrics": {"mean_absolute_error": "Which?"}}
    with pytest.raises(Exception, match='"mean_absolute_error" is not computed'):
        open_package(earlier_package(tmp_path / "task", old))


@pytest.mark.parametrize(
    ("task", "primary", "names"),
    [
        (
            TIME_SHIFT,
            "mean_mean_absolute_error_time_series",
            ["mean_mean_absolute_error_time_series", "median_mean_absolute_error_time_series"],
        ),
        (
            AZ_TILT,
            "mean_absolute_error_azimuth",
            [
                f"{operation}_{metric}_{angle}"
                for metric in ("absolute_error", "error")
                for angle in ("azimuth", "tilt")
                for operation in ("mean", "median")
            ],
        ),
    ],
)
def test_without_operations_mean_and_median_are_computed(tmp_path, task, primary, names):
    plain = {
        key: value
        for key, value in task.items()
        if key not in {"metrics_operations", "display_metrics"}
    }
    config = open_package(earlier_package(tmp_path / "task", plain), known=KNOWN_NAMES).config
    assert config.primary_metric == primary
    assert sorted(config.aggregates) == sorted([*names, "mean_runtime", "median_runtime"])


@pytest.mark.parametrize(
    ("code", "config"),
    [
        (earlier_hub.SHIFTS_BY_DAY, TIME_SHIFT),
        (earlier_hub.SHIFTS_BY_DAY, OLD_TIME_SHIFT),
        (earlier_hub.SHIFTS_IN_ORDER, TIME_SHIFT),
        (earlier_hub.SHIFTS_UNDER_OTHER_DATES, TIME_SHIFT),
    ],
    ids=["by-day", "by-day-old-labels", "in-order", "under-other-dates"],
)
def test_a_template_of_time_shifts_scores(tmp_path, evaluate_folders, code, config):
    package = earlier_package(tmp_path / "task", config)
    result = evaluate_folders(package, submission(tmp_path / "algorithm", code))
    assert [file.message for file in result.files] == ["", ""]
    assert [file.metrics["mean_absolute_error_time_series"] for file in result.files] == [0, 0]
    assert result.aggregates["median_mean_absolute_error_time_series"].value == 0


def test_the_template_of_angles_scores(tmp_path, evaluate_folders):
    package = earlier_package(tmp_path / "task", AZ_TILT)
    result = evaluate_folders(package, submission(tmp_path / "algorithm", earlier_hub.ANGLES))
    assert [file.message for file in result.files] == ["", ""]
    errors = [file.metrics["error_azimuth"] for file in result.files]
    assert errors == [1.0, -14.5]
    assert result.aggregates["mean_absolute_error_azimuth"].value == pytest.approx(7.75)


def test_the_offered_order_is_that_of_the_package(tmp_path):
    config = open_package(earlier_package(tmp_path / "task", TIME_SHIFT)).config
    offered = OfferedArguments.from_config(config)
    assert offered.names == ("latitude", "longitude", "data_sampling_frequency")
    assert offered.by_position


@pytest.mark.parametrize(
    ("machine_gib", "said"),
    [
        (
            3,
            [
                f"The package asks for 8 GiB of memory for each file; {AT_MOST}",
            ],
        ),
        (8, []),
    ],
)
def test_a_run_says_when_it_gives_less_than_asked(
    tmp_path, evaluate_folders, engine_settings, machine_gib, said
):
    events = []
    result = evaluate_folders(
        earlier_package(tmp_path / "task", AZ_TILT),
        submission(tmp_path / "algorithm", earlier_hub.ANGLES),
        settings=replace(engine_settings, machine_memory_bytes=machine_gib * 1024**3),
        on_event=events.append,
    )
    assert [event.what for event in events if isinstance(event, Notice)] == said
    assert [file.message for file in result.files] == ["", ""]
