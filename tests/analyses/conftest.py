"""Packages to upload: small, sound ones, and whatever a test changes about them."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from valhub.accounts.models import Account
from valhub.analyses.models import AnalysisVersion
from valhub.analyses.services import uploads
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.uploads import store_analysis

CONFIG: dict[str, Any] = {
    "function_name": "detect_time_shifts",
    "comparison_type": "time_series",
    "performance_metrics": ["mean_absolute_error", "mean_bias_error", "runtime"],
    "metrics_operations": {
        "runtime": ["mean"],
        "mean_absolute_error_time_series": ["mean", "median"],
        "mean_bias_error_time_series": ["mean"],
    },
    "metrics": {"mean_absolute_error": {"unit": "min"}},
    "display_metrics": {"mean_mean_absolute_error_time_series": "Mean MAE"},
}
DATA = "measured_on,ac_power\n2024-01-01 00:00:00,0\n2024-01-01 12:00:00,5.5\n"
TRUTH = "date,shift\n2024-01-01,0\n"
TASK = {
    "config.json": json.dumps(CONFIG),
    "data/system_metadata.csv": "system_id,name,latitude,longitude\n4,Sanyo,39.7,-105.2\n",
    "data/file_metadata.csv": (
        "system_id,file_name,timezone,include_on_leaderboard,public\n"
        "4,b.csv,Etc/GMT+7,True,False\n4,a.csv,Etc/GMT+7,False,True\n"
    ),
    "data/files/a.csv": DATA,
    "data/files/b.csv": DATA + "2024-01-01 13:00:00,6\n",
    "data/references/a.csv": TRUTH,
    "data/references/b.csv": TRUTH,
}
SCRIPT = {
    "main.py": "def evaluate(test_data_file, test_annotation_file, predict_func, **kwargs): ...\n",
    "test_data": "1\n2\n",
    "test_annotation.txt": "2\n4\n",
}

MakeUpload = Callable[..., SimpleUploadedFile]
Publish = Callable[..., AnalysisVersion]


def _zipped(files: Mapping[str, str | None]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            if content is not None:
                archive.writestr(name, content)
    return packed.getvalue()


@pytest.fixture
def task_upload() -> MakeUpload:
    """Make an upload of a sound task package; None instead of a text leaves a file out."""

    def make(**changed: str | None) -> SimpleUploadedFile:
        return SimpleUploadedFile("shifts.zip", _zipped({**TASK, **changed}))

    return make


@pytest.fixture
def script_upload() -> MakeUpload:
    """Make an upload of a sound script package."""

    def make(**changed: str | None) -> SimpleUploadedFile:
        return SimpleUploadedFile("doubling.zip", _zipped({**SCRIPT, **changed}))

    return make


@pytest.fixture(autouse=True)
def leave_data_to_the_preparation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Save the second that reading data takes, where no test is about it."""
    monkeypatch.setattr(uploads, "READ_AT_ONCE_BYTES", 0)


@pytest.fixture
def read_data_at_once(packages_read_by_a_child: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the data as the hub does."""
    monkeypatch.setattr(uploads, "READ_AT_ONCE_BYTES", 1_000_000)


@pytest.fixture
def publish(organiser: Account, task_upload: MakeUpload) -> Publish:
    """Store an analysis of the organiser's, sound unless a test gives another upload."""

    def store(upload: SimpleUploadedFile | None = None, **fields: Any) -> AnalysisVersion:
        written = AnalysisFields(**{"analysis_name": "Time shifts", **fields})
        return store_analysis(creator=organiser, fields=written, upload=upload or task_upload())

    return store
