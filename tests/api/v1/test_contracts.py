"""What an analysis asks of algorithms, through v1, and what it keeps to itself."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest_django import Settings

from tests.api.v1.conftest import Call, refused
from tests.api.v1.test_analyses import make_analysis
from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion, DataFile
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.uploads import store_analysis
from valhub.evaluation.packages.tasks.task_contract import Argument, TaskContract

CONTRACT = TaskContract(
    data_columns=("ac_power",),
    arguments=(Argument("latitude", "degrees", "metadata"),),
    by_position=False,
    answer="time_series",
    references=("shift",),
    alignment="date",
    fill_missing=None,
    timeout_s=60.0,
    memory_bytes=2**32,
    output_bytes=2**20,
)
PARTS = ("public", "hidden", "hidden", "final")


@pytest.fixture
def analysis(organiser: Account) -> Analysis:
    made = make_analysis(organiser, "Time shifts")
    version = made.current_version
    version.contract = CONTRACT.document()
    version.file_columns = [{"name": "error", "unit": "deg"}]
    version.save()
    for ordinal, part in enumerate(PARTS):
        DataFile.objects.create(
            version=version, ordinal=ordinal, name=f"secret-{ordinal}.csv", size=1, part=part
        )
    return made


def shown(call: Call, analysis: Analysis, **more: Any) -> Any:
    answer = call("GET", f"/analyses/{analysis.pk}/contract", **more)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_contract_says_how_to_write_an_algorithm(call: Call, analysis: Analysis) -> None:
    found = shown(call, analysis)
    assert (found["version"], found["kind"], found["function"]) == (1, "task", "shift")
    assert found["call"] == {
        "data_columns": ["ac_power"],
        "arguments": [{"name": "latitude", "unit": "degrees", "source": "metadata"}],
        "by_position": False,
        "answer": {
            "kind": "time_series",
            "references": ["shift"],
            "alignment": "date",
            "fill_missing": None,
        },
    }
    assert found["metrics"] == [
        {"name": "mean_error", "label": "Mean error", "unit": "deg", "best": "lowest"}
    ]
    assert found["file_metrics"] == [{"name": "error", "unit": "deg"}]
    assert found["quota"]["per_day"] == 100
    assert found["environment"]["packages"] == ["numpy", "pandas", "tzdata"]
    assert found["example"].startswith("import pandas as pd\n\n\ndef shift(data, latitude):")


def test_the_hub_grants_no_more_than_it_has(
    call: Call, analysis: Analysis, settings: Settings
) -> None:
    settings.MAX_TIMEOUT_S, settings.MAX_MEMORY_BYTES = 30.0, 2**30
    assert shown(call, analysis)["limits"] == {
        "timeout_s": 30.0, "memory_bytes": 2**30, "output_bytes": 2**20,
    }  # fmt: skip


def test_the_final_part_is_not_counted_until_it_is_revealed(
    call: Call, analysis: Analysis, staff: Account
) -> None:
    for by in (None, staff):
        found = shown(call, analysis, by=by)
        counts = [(one["part"], one["files"]) for one in found["parts"]]
        assert counts == [("public", 1), ("hidden", 2), ("final", None)]
        assert "secret-" not in str(found)
    AnalysisVersion.objects.update(revealed_at=timezone.now())
    assert shown(call, analysis)["parts"][-1]["files"] == 1


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({}, "over the slices that are large enough, to 4 digits."),
        ({"scores": "aggregates", "digits": 2}, "Scores over all files, to 2 digits."),
        (
            {"scores": "files", "release": "improvement"},
            "of each file, to 4 digits, if the run is its author's best.",
        ),
    ],
)
def test_parts_say_what_is_shown(
    call: Call, analysis: Analysis, policy: dict[str, object], words: str
) -> None:
    AnalysisVersion.objects.update(disclosure={"policy": policy})
    assert shown(call, analysis)["parts"][1]["shown"].endswith(words)


def test_a_version_from_before_says_what_it_knows(call: Call, organiser: Account) -> None:
    found = shown(call, make_analysis(organiser, "Old"))
    assert (found["call"], found["limits"], found["example"]) == (None, None, None)
    assert (found["function"], found["metrics"][0]["name"]) == ("shift", "mean_error")


def test_each_version_has_a_contract_of_its_own(call: Call, analysis: Analysis) -> None:
    assert shown(call, analysis, data={"version": 1})["version"] == 1
    for number in (2, 2**40):
        answer = call("GET", f"/analyses/{analysis.pk}/contract", data={"version": number})
        assert refused(answer) == (404, "no-such-version")


@pytest.mark.django_db(transaction=True)
def test_an_uploaded_package_has_one(call: Call, organiser: Account, tiny_task: bytes) -> None:
    version = store_analysis(
        creator=organiser,
        fields=AnalysisFields("Orientation"),
        upload=SimpleUploadedFile("task.zip", tiny_task),
    )
    found = shown(call, version.analysis)
    assert found["call"]["answer"]["references"] == ["azimuth"]
    assert found["limits"]["timeout_s"] == 30
    assert found["example"] == "def estimate_azimuth(data):\n    return (0.0,)  # azimuth\n"
