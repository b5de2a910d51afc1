"""What the built time-shift package holds: files, metadata, and traps that real loggers set."""

import re

import numpy as np
import pandas as pd

from valhub.evaluation.packages.tasks.task_package import kwargs_for, open_task_package
from valhub.evaluation.results import Best
from valhub.evaluation.scoring.metrics import KNOWN_NAMES
from valhub.evaluation.scoring.plan import Scoring


def test_at_least_forty_files_rank(time_shift_task):
    assert time_shift_task.files["include_on_leaderboard"].sum() >= 40


def test_every_issue_comes_at_every_sampling_on_the_leaderboard(time_shift_task):
    ranked = time_shift_task.files.query("include_on_leaderboard")
    counts = ranked.groupby(["issue", "data_sampling_frequency"]).size()
    assert len(counts) == 5 * 3
    assert counts.min() >= 3


def test_practice_files_are_public_and_hidden_files_rank(time_shift_task):
    files = time_shift_task.files
    assert (files["public"] != files["include_on_leaderboard"]).all()
    assert files["public"].any()


def test_every_file_in_the_metadata_is_there_with_its_reference_and_no_other(time_shift_task):
    names = set(time_shift_task.files.index)
    for folder in ("files", "references"):
        assert {path.name for path in (time_shift_task.root / "data" / folder).iterdir()} == names


def test_file_names_say_nothing_but_a_number(time_shift_task):
    assert all(
        re.fullmatch(r"ac_power_\d\d\.parquet", name) for name in time_shift_task.files.index
    )


def test_neighbouring_numbers_do_not_share_their_issue_more_than_chance(time_shift_task):
    issues = time_shift_task.files.sort_index()["issue"].to_numpy()
    assert (issues[1:] == issues[:-1]).mean() < 0.4


def test_the_issue_none_is_not_read_as_a_missing_value(time_shift_task):
    assert (time_shift_task.files["issue"] == "none").any()
    assert time_shift_task.files["issue"].notna().all()


def test_series_are_regular_but_where_the_clock_jumps(time_shift_task):
    for name in time_shift_task.names(issue="none"):
        sampling = time_shift_task.files.loc[name, "data_sampling_frequency"]
        steps = np.diff(time_shift_task.power(name).index) / np.timedelta64(1, "m")
        assert (steps == sampling).all()


def test_every_file_starts_and_ends_with_a_whole_day(time_shift_task):
    for name, sampling in time_shift_task.files["data_sampling_frequency"].items():
        stamps = time_shift_task.power(name).index
        assert stamps[0] == stamps[0].normalize()
        assert stamps[-1] + pd.Timedelta(minutes=sampling) == stamps[-1].ceil("D")


def test_the_truth_has_one_row_for_every_date_in_the_file(time_shift_task):
    for name in time_shift_task.files.index:
        dates = time_shift_task.power(name).index.normalize().unique().sort_values()
        assert time_shift_task.truth(name).index.equals(dates.rename("date"))


def test_the_hour_before_daylight_saving_ends_is_logged_twice(time_shift_task):
    (name,) = time_shift_task.names(issue="full DST", length="2.7 years")
    stamps = time_shift_task.power(name).index
    twice = stamps[stamps.duplicated()]
    assert list(twice[:4].strftime("%Y-%m-%d %H:%M")) == [
        f"2011-11-06 01:{minute}" for minute in ("00", "15", "30", "45")
    ]
    assert len(twice) == 3 * 4


def test_the_hour_that_daylight_saving_skips_is_missing(time_shift_task):
    (name,) = time_shift_task.names(issue="full DST", length="2.7 years")
    power = time_shift_task.power(name)
    night = power[power.index.normalize() == "2012-03-11"].between_time("01:30", "03:15")
    assert list(night.index.strftime("%H:%M")) == ["01:30", "01:45", "03:00", "03:15"]


def test_missing_power_stays_missing(time_shift_task):
    (name,) = time_shift_task.names(issue="none", length="2.7 years")
    power = time_shift_task.power(name)
    assert len(power) == 95_232
    assert power.loc["2012-04-19"].isna().all()


def test_the_package_opens_without_a_fault_and_hands_over_what_it_promises(time_shift_task):
    package = open_task_package(time_shift_task.root, known=KNOWN_NAMES)
    assert package.config.unknown_keys == ()
    (file,) = (one for one in package.files if one.name == time_shift_task.files.index[0])
    assert kwargs_for(package.config, file) == {
        "latitude": 39.742,
        "longitude": -105.1727,
        "data_sampling_frequency": time_shift_task.files.iloc[0]["data_sampling_frequency"],
        "timezone": "Etc/GMT+7",
    }


def test_lower_mean_error_ranks_first_and_every_aggregate_is_shown(time_shift_task):
    config = open_task_package(time_shift_task.root, known=KNOWN_NAMES).config
    scoring = Scoring.from_config(config)
    assert scoring.primary == "mean_mean_absolute_error_time_series"
    best = {one.name: one.best for one in scoring.aggregates}
    assert best[scoring.primary] is Best.LOWEST
    assert best.keys() == set(config.display_metrics)
