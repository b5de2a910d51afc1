"""Archives and packages to break: small, made in the test's own folder."""

import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from valhub.evaluation.packages.faults import Fault, InvalidPackage

Files = Mapping[str, str | bytes]
MakeZip = Callable[..., Path]
MakeFolder = Callable[..., Path]
FaultsOf = Callable[[Callable[[], object]], tuple[Fault, ...]]

SERIES_CONFIG: dict[str, Any] = {
    "category_name": "Time Shift Detection",
    "function_name": "detect_time_shifts",
    "comparison_type": "time_series",
    "display_metrics": {"mean_mean_absolute_error_time_series": "Mean MAE"},
    "performance_metrics": ["runtime", "mean_absolute_error"],
    "metrics_operations": {
        "mean_absolute_error_time_series": ["mean", "median"],
        "runtime": ["mean"],
    },
    "allowable_kwargs": ["latitude", "longitude", "data_sampling_frequency"],
    "references_compare": ["time_series"],
    "public_results_table": "time-shift-public-metrics.json",
    "private_results_columns": ["system_id", "file_name", "runtime", "data_requirements"],
}
SCALAR_CONFIG: dict[str, Any] = {
    "category_name": "Azimuth-Tilt Estimation",
    "function_name": "estimate_az_tilt",
    "comparison_type": "scalar",
    "display_metrics": {"median_absolute_error_azimuth": "Median azimuth error"},
    "performance_metrics": ["runtime", "absolute_error", "error"],
    "metrics_operations": {
        "absolute_error_azimuth": ["mean", "median"],
        "error_tilt": ["mean"],
        "runtime": ["mean"],
    },
    "allowable_kwargs": ["latitude", "longitude"],
    "ground_truth_compare": ["azimuth", "tilt"],
    "public_results_table": "az-tilt-public-metrics.json",
    "private_results_columns": ["system_id", "run_time"],
}
SYSTEMS = (
    "system_id,name,azimuth,tilt,elevation,latitude,longitude,tracking,dc_capacity\n"
    "4,Sanyo1,180,40,1795.3,39.7406,-105.1774,FALSE,1\n"
    "50,SERFEast,158,45,1994.7,39.742,-105.1727,FALSE,6\n"
)
FILES = (
    "system_id,file_name,timezone,data_sampling_frequency,issue,include_on_leaderboard\n"
    "4,a.csv,Etc/GMT+7,15,No Issue,True\n"
    "50,b.csv,Etc/GMT+7,60,Full DST,False\n"
)
DATA = (
    "measured_on,ac_power\n2024-01-01 00:00:00,0\n2024-01-01 12:00:00,5.5\n2024-01-02 12:00:00,\n"
)
TRUTH = "date,shift\n2024-01-01,0\n2024-01-02,60\n"


@pytest.fixture
def make_folder(tmp_path: Path) -> MakeFolder:
    """Write files into a folder; None instead of a text leaves one of the defaults out."""

    def make(files: Mapping[str, str | bytes | None], name: str = "package") -> Path:
        root = tmp_path / name
        root.mkdir()
        for file, content in files.items():
            if content is not None:
                path = root / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return root

    return make


@pytest.fixture
def make_task(make_folder: MakeFolder) -> Callable[..., Path]:
    """Make a sound time series task with two files; keywords change single config keys."""

    def make(files: Mapping[str, str | bytes | None] | None = None, **config: Any) -> Path:
        sound: dict[str, str | bytes | None] = {
            "config.json": json.dumps({**SERIES_CONFIG, **config}, indent=1),
            "data/system_metadata.csv": SYSTEMS,
            "data/file_metadata.csv": FILES,
            "data/files/a.csv": DATA,
            "data/files/b.csv": DATA,
            "data/references/a.csv": TRUTH,
            "data/references/b.csv": TRUTH,
        }
        return make_folder({**sound, **(files or {})}, "time-shifts")

    return make


@pytest.fixture
def make_scalar_task(make_folder: MakeFolder) -> Callable[..., Path]:
    """Make a sound scalar task with two files."""

    def make(files: Mapping[str, str | bytes | None] | None = None, **config: Any) -> Path:
        sound: dict[str, str | bytes | None] = {
            "config.json": json.dumps({**SCALAR_CONFIG, **config}),
            "data/system_metadata.csv": SYSTEMS,
            "data/file_metadata.csv": FILES,
            "data/files/a.csv": DATA,
            "data/files/b.csv": DATA,
        }
        return make_folder({**sound, **(files or {})}, "az-tilt")

    return make


@pytest.fixture
def make_zip(tmp_path: Path) -> MakeZip:
    """Pack names and contents as they are given, in order, doubled names too."""

    def make(*members: tuple[str | zipfile.ZipInfo, str | bytes]) -> Path:
        path = tmp_path / "archive.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members:
                archive.writestr(name, content)
        return path

    return make


@pytest.fixture
def faults_of() -> FaultsOf:
    """Call something that must be refused, and return all its faults."""

    def call(refused: Callable[[], object]) -> tuple[Fault, ...]:
        with pytest.raises(InvalidPackage) as caught:
            refused()
        for fault in caught.value.faults:
            assert fault.problem
            assert fault.fix
        return caught.value.faults

    return call
