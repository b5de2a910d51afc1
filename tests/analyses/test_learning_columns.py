"""The columns of a script package's board come from its results."""

from collections.abc import Callable

from django.core.files.uploadedfile import SimpleUploadedFile

from valhub.analyses.models import AnalysisVersion
from valhub.analyses.services.columns import learn_columns

MakeUpload = Callable[..., SimpleUploadedFile]
Publish = Callable[..., AnalysisVersion]


def columns_of(version: AnalysisVersion) -> list[str]:
    return [column["name"] for column in AnalysisVersion.objects.get(pk=version.pk).columns]


def test_first_result_settles_the_columns(publish: Publish, script_upload: MakeUpload) -> None:
    version = publish(script_upload())
    learn_columns(version, ["all.mae", "all.rmse"])
    assert version.columns == AnalysisVersion.objects.get().columns
    assert version.columns == [
        {"name": name, "label": name, "unit": "", "best": "highest", "shown": True}
        for name in ("all.mae", "all.rmse")
    ]


def test_organiser_s_primary_metric_comes_first(
    publish: Publish, script_upload: MakeUpload
) -> None:
    version = publish(script_upload(), primary_metric="all.rmse", lower_is_better=True)
    learn_columns(version, ["all.mae", "all.rmse"])
    assert columns_of(version) == ["all.rmse", "all.mae"]
    assert {column["best"] for column in version.columns} == {"lowest"}


def test_learning_twice_changes_nothing(publish: Publish, script_upload: MakeUpload) -> None:
    version = publish(script_upload(), primary_metric="all.rmse")
    learn_columns(version, ["all.mae", "all.rmse"])
    before = columns_of(version)
    learn_columns(version, ["all.rmse", "all.mae"])
    assert columns_of(version) == before


def test_further_metrics_are_added_behind(publish: Publish, script_upload: MakeUpload) -> None:
    version = publish(script_upload())
    stale_copy = AnalysisVersion.objects.get()
    learn_columns(version, ["all.mae"])
    learn_columns(stale_copy, ["night.mae", "all.mae"])
    assert columns_of(version) == ["all.mae", "night.mae"]


def test_columns_of_a_task_are_known_from_the_start(publish: Publish) -> None:
    version = publish()
    before = columns_of(version)
    learn_columns(version, ["something_else"])
    assert columns_of(version) == before
