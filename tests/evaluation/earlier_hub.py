"""Packages and submissions in the layout that the earlier hub documented, made anew for the tests.

The names of files, columns and keys are that hub's; the numbers are made up. Every package comes
with what is usually left lying in its folders.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TIME_SHIFT: dict[str, Any] = {
    "category_name": "Time Shift Detection",
    "s3_bucket_folder_name": "time-shift-detection",
    "function_name": "detect_time_shifts",
    "comparison_type": "time_series",
    "display_metrics": {
        "mean_mean_absolute_error_time_series": "Mean Mean Absolute Error",
        "median_mean_absolute_error_time_series": "Median Mean Absolute Error",
    },
    "performance_metrics": ["runtime", "mean_absolute_error"],
    "metrics_operations": {
        "mean_absolute_error_time_series": ["mean", "median"],
        "runtime": ["mean"],
    },
    "allowable_kwargs": ["latitude", "longitude", "data_sampling_frequency"],
    "references_compare": ["time_series"],
    "public_results_table": "time-shift-public-metrics.json",
    "private_results_table": "time-shift-private-metrics.json",
    "private_results_columns": [
        "system_id",
        "file_name",
        "runtime",
        "data_requirements",
        "mean_absolute_error_time_series",
        "data_sampling_frequency",
        "issue",
    ],
}
# The same task as it was first written: other labels and names, and plots.
OLD_TIME_SHIFT: dict[str, Any] = {
    key: value
    for key, value in TIME_SHIFT.items()
    if key not in {"references_compare", "private_results_table", "s3_bucket_folder_name"}
} | {
    "category_name": "time_shifts",
    "display_metrics": {
        "mean_absolute_error": "Mean Absolute Error",
        "median_absolute_error": "Median Absolute Error",
    },
    "metrics_operations": {"mean_absolute_error": ["mean", "median"], "runtime": ["mean"]},
    "ground_truth_compare": ["time_series"],
    "plots": [{"type": "histogram", "x_val": "run_time", "title": "Run Time Distribution"}],
}
AZ_TILT: dict[str, Any] = {
    "category_name": "Azimuth-Tilt Estimation",
    "function_name": "estimate_az_tilt",
    "comparison_type": "scalar",
    "performance_metrics": ["runtime", "absolute_error", "error"],
    "display_metrics": {
        f"{operation}_{metric}_{angle}": f"{angle} {operation} {metric}"
        for angle in ("azimuth", "tilt")
        for metric in ("absolute_error", "error")
        for operation in ("mean", "median")
    },
    "metrics_operations": {
        **{
            f"{metric}_{angle}": ["mean", "median"]
            for angle in ("azimuth", "tilt")
            for metric in ("absolute_error", "error")
        },
        "runtime": ["mean"],
    },
    "allowable_kwargs": ["latitude", "longitude"],
    "ground_truth_compare": ["azimuth", "tilt"],
    "public_results_table": "az-tilt-public-metrics.json",
    "private_results_columns": ["system_id", "file_name", "run_time", "issue", "number_days"],
}

_SYSTEMS = (
    "system_id,name,latitude,longitude,elevation,tracking,azimuth,tilt\n"
    "4,Roof,39.7406,-105.1774,1795.3,FALSE,180,40\n"
    "1331,Carport  West,39.7388,-105.1732,1770,FALSE,195.5,16.77\n"
)
_FILES = (
    "file_id,system_id,file_name,timezone,data_sampling_frequency,issue,{more}\n"
    "0,4,4_ac_power__315_60min.csv,Etc/GMT+7,60,Full DST,{first}\n"
    '1,1331,1331_inv1_ac_power.csv,Etc/GMT+7,60,"shading, clipping",{second}\n'
)
NAMES = ("4_ac_power__315_60min.csv", "1331_inv1_ac_power.csv")
_DAYS = 3
_STRAYS = {
    ".DS_Store": "x",
    "assets/banner.png": "x",
    "assets/cardCover.png": "x",
    "assets/description.md": "# The task\n",
    "assets/shortdesc.md": "Short.\n",
    "assets/SubmissionInstructions.md": "Send a .zip.\n",
    "assets/config.json": "{}",
    "template.py": "import marimo\n",
    "README.md": "# A task\n",
    "data/.gitkeep": "",
    "data/check_lengths.ipynb": "{}",
    "data/file_test_link.csv": "file_id,category_id\n0,1\n",
    "data/validation_tests.csv": "category_id,category_name\n1,time_shifts\n",
}
_STRAYS_OF_DATA = {
    "README.md": "What is here\n",
    ".gitkeep": "",
    "._4_ac_power__315_60min.csv": "\x00\x05\x16\x07",
    "Thumbs.db": "x",
    "desktop.ini": "[x]\n",
    ".~lock.1331_inv1_ac_power.csv#": ",me,\n",
}


def _data() -> str:
    rows = (
        f"2015-01-{1 + hour // 24:02} {hour % 24:02}:00:00-07:00,{max(0, 6 - abs(hour % 24 - 12))}"
        for hour in range(24 * _DAYS)
    )
    return "measured_on,ac_power__315\n" + "\n".join(rows) + "\n"


def _shifts() -> str:
    return ",0\n" + "".join(f"2015-01-{day:02},{-60.0 * (day > 1)}\n" for day in (1, 2, 3))


def earlier_package(
    root: Path,
    config: Mapping[str, Any],
    *,
    data: str = "data/files",
    truth: str = "data/references",
    strays: bool = True,
) -> Path:
    """Write a package of the earlier hub.

    Parameters
    ----------
    root : Path
        Where; made here.
    config : mapping
        Its `config.json`.
    data, truth : str
        The folders of the files, whose names that hub changed.
    strays : bool
        Whether the usual stray files lie in it.
    """
    is_scalar = config["comparison_type"] == "scalar"
    more = (
        ("number_days", "1263", "1099")
        if is_scalar
        else ("include_on_leaderboard",) + ("True",) * 2
    )
    files = {
        "config.json": json.dumps(config, indent="\t"),
        "data/system_metadata.csv": _SYSTEMS,
        "data/file_metadata.csv": _FILES.format(more=more[0], first=more[1], second=more[2]),
        **{f"{data}/{name}": _data() for name in NAMES},
    }
    if not is_scalar:
        files |= {f"{truth}/{name}": _shifts() for name in NAMES}
    if strays:
        files |= _STRAYS
        files |= {f"{data}/{name}": text for name, text in _STRAYS_OF_DATA.items()}
        files |= {f"{truth}/{name}": text for name, text in _STRAYS_OF_DATA.items()}
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def submission(root: Path, code: str) -> Path:
    """Write an algorithm as that hub's template has it: a wrapper and its requirements."""
    root.mkdir()
    (root / "submission_wrapper.py").write_text(code, encoding="utf-8")
    (root / "requirements.txt").write_text("numpy\npandas\n", encoding="utf-8")
    return root


# As in that hub's instructions: everything but the data is optional, and a Series by day returns.
SHIFTS_BY_DAY = '''
"""Every day but the first is an hour late."""
import pandas as pd


def detect_time_shifts(time_series, latitude=None, longitude=None, data_sampling_frequency=None):
    assert isinstance(time_series, pd.Series) and time_series.index.tz is not None
    assert (latitude, longitude, data_sampling_frequency) in [
        (39.7406, -105.1774, 60), (39.7388, -105.1732, 60)
    ]
    days = time_series.tz_localize(None).resample("D").sum()
    return pd.Series([0.0] + [-60.0] * (len(days) - 1), days.index)
'''
# One of that hub's libraries returns an array, in the order of the days.
SHIFTS_IN_ORDER = '''
"""Every day but the first is an hour late."""
import numpy as np


def detect_time_shifts(time_series):
    return np.array([0.0, -60.0, -60.0])
'''
# Dates of another year: that hub counted as many values by their order.
SHIFTS_UNDER_OTHER_DATES = '''
"""Every day but the first is an hour late."""
import pandas as pd


def detect_time_shifts(series, lat, lon):
    assert (lat, lon) in [(39.7406, -105.1774), (39.7388, -105.1732)]
    return pd.Series([0.0, -60.0, -60.0], pd.date_range("1999-01-01", periods=3))
'''
ANGLES = '''
"""Answers always the same, and says how sure it is."""


def estimate_az_tilt(time_series, latitude=None, longitude=None, data_sampling_frequency=None):
    assert (latitude, longitude) in [(39.7406, -105.1774), (39.7388, -105.1732)]
    assert data_sampling_frequency is None
    return 181.0, 38.0, "sure"
'''
