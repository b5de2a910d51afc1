"""The columns of a script package's board come from its results."""

from collections.abc import Callable

from django.core.files.uploadedfile import SimpleUploadedFile

from valhub.analyses.models import AnalysisVersion
from valhub.analyses.services.columns import MOST_COLUMNS, columns_fault, learn_columns

MakeUpload = Callable[..., SimpleUploadedFile]
Publish = Callable[..., AnalysisVersion]


def columns_of(version: AnalysisVersion) -> list[str]:
    return [column["name"] for column in AnalysisVersion.objects.get(pk=version.pk).columns]


def test_first_result_settles_the_columns(publish: Publish, script_upload: MakeUpload) -> None:
    version = publish(script_upload())
    learn_columns(version, ["all.mae", "all.rmse"])
    assert version.columns == AnalysisVersion.objects.get().columns
    assert version.columns == [
        {
            "name": name,
            "label": name,
            "unit": "",
            "operation": "",
            "column": name,
            "best": "highest",
            "shown": True,
        }
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


def test_names_that_differ_in_case_only_are_one_column(
    publish: Publish, script_upload: MakeUpload
) -> None:
    version = publish(script_upload(), primary_metric="all.RMSE")
    learn_columns(version, ["all.mae", "all.rmse"])
    learn_columns(version, ["all.MAE"])
    assert columns_of(version) == ["all.RMSE", "all.mae"]


def test_organiser_is_told_of_a_name_that_differs_in_case(
    publish: Publish, script_upload: MakeUpload
) -> None:
    version = publish(script_upload(), primary_metric="all.RMSE")
    assert columns_fault(version, ["all.RMSE", "all.mae"]) is None
    fault = columns_fault(version, ["all.rmse"])
    assert fault is not None
    assert "'all.rmse', but its leaderboard has 'all.RMSE'" in fault


def test_a_board_has_only_so_many_columns(publish: Publish, script_upload: MakeUpload) -> None:
    version = publish(script_upload())
    learn_columns(version, [f"all.{i}" for i in range(MOST_COLUMNS - 1)])
    learn_columns(version, ["all.last", "all.too_much"])
    assert columns_of(version)[-1] == "all.last"
    assert columns_fault(version, ["all.last"]) is None
    assert "Return the same few" in (columns_fault(version, ["all.more"]) or "")
