"""Packages are taken in whole, once, and only when nothing is wrong with them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from pytest_django import Settings

from error_codes import coded
from valhub.accounts.models import Account
from valhub.analyses.errors import NotAnOrganiser
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion, DataFile, PackageKind
from valhub.analyses.selectors.function_names import offered_by
from valhub.analyses.selectors.listing import is_outdated
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.uploads import add_version, store_analysis
from valhub.analyses.services.version_rows import add_notes
from valhub.cloud.storage import open_file, sha256_of
from valhub.errors import Conflict, InvalidFields, TooLarge, UnsupportedType
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.faults import InvalidPackage

MakeUpload = Callable[..., SimpleUploadedFile]
Publish = Callable[..., AnalysisVersion]


CONFIG = {
    "function_name": "f",
    "comparison_type": "time_series",
    "performance_metrics": ["mean_absolute_error"],
    "metrics_operations": {"mean_absolute_error_time_series": ["mean"]},
}


def nothing_is_stored(hub_data: Path) -> bool:
    files = [path for path in (hub_data / "files").rglob("*") if path.is_file()]
    scratch = list((hub_data / "cache/packages").glob("[!.]*"))
    return not (files or scratch or Analysis.objects.exists() or AnalysisVersion.objects.exists())


def test_sound_package_is_published_at_once(publish: Publish, organiser: Account) -> None:
    version = publish(description="# Shifts")
    analysis = Analysis.objects.get()
    assert analysis.current_version == version
    assert (analysis.state, analysis.creator) == (AnalysisState.PUBLISHED, organiser)
    assert (analysis.analysis_name, analysis.description) == ("Time shifts", "# Shifts")


def test_archive_is_stored_as_it_was_sent(publish: Publish, task_upload: MakeUpload) -> None:
    upload = task_upload()
    version = publish(upload)
    assert version.archive == f"evaluation_scripts/analysis_{version.analysis_id}.zip"
    upload.seek(0)
    with open_file(version.archive) as stored:
        assert stored.read() == upload.read()
        assert sha256_of(stored) == version.archive_sha256


def test_upload_that_arrived_on_disk_is_stored_too(
    publish: Publish, task_upload: MakeUpload
) -> None:
    sent = task_upload()
    with TemporaryUploadedFile("shifts.zip", "application/zip", sent.size, None) as upload:
        upload.write(sent.read())
        upload.flush()
        version = publish(upload)
    assert version.files.count() == 2


def test_data_files_are_listed_in_the_package_s_order(publish: Publish) -> None:
    files = DataFile.objects.filter(version=publish()).order_by("ordinal")
    found = files.values_list("ordinal", "name", "on_leaderboard", "part", "public")
    assert list(found) == [(0, "b.csv", True, "hidden", False), (1, "a.csv", False, "public", True)]
    assert [file.size for file in files] == [89, 67]


def test_columns_name_what_ranks_first(publish: Publish) -> None:
    columns = publish().columns
    assert [column["name"] for column in columns] == [
        "mean_mean_absolute_error_time_series",
        "mean_runtime",
        "median_mean_absolute_error_time_series",
        "mean_mean_bias_error_time_series",
    ]
    assert columns[0] == {
        "name": "mean_mean_absolute_error_time_series",
        "label": "Mean MAE",
        "unit": "min",
        "operation": "mean",
        "column": "mean_absolute_error_time_series",
        "best": "lowest",
        "shown": True,
    }
    assert [column["best"] for column in columns] == ["lowest", "lowest", "lowest", "zero"]
    assert [column["shown"] for column in columns] == [True, False, False, False]


def test_columns_of_one_file_have_units(publish: Publish) -> None:
    assert publish().file_columns == [
        {"name": "mean_absolute_error_time_series", "unit": "min"},
        {"name": "mean_bias_error_time_series", "unit": ""},
        {"name": "runtime", "unit": "s"},
    ]


def test_script_package_has_one_file_and_no_columns_yet(
    publish: Publish, script_upload: MakeUpload
) -> None:
    version = publish(script_upload())
    assert version.kind == PackageKind.SCRIPT
    assert [(file.name, file.size) for file in version.files.all()] == [("test_data", 4)]
    assert version.columns == []


def test_script_package_may_name_its_annotation(
    publish: Publish, script_upload: MakeUpload
) -> None:
    upload = script_upload(**{"test_annotation.txt": None, "truth.txt": "2\n4\n"})
    version = publish(upload, annotation_file_name="truth.txt")
    assert version.analysis.annotation_file_name == "truth.txt"


def test_every_fault_is_told_and_nothing_stored(
    publish: Publish, task_upload: MakeUpload, hub_data: Path
) -> None:
    upload = task_upload(**{"data/files/a.csv": None, "data/references/b.csv": "date,shift\nx,1\n"})
    with pytest.raises(InvalidPackage) as caught:
        publish(upload)
    assert caught.value.name == "shifts.zip"
    assert len(caught.value.faults) == 2
    assert nothing_is_stored(hub_data)


def test_data_that_cannot_be_read_is_told_at_once(
    publish: Publish, task_upload: MakeUpload, hub_data: Path, read_data_at_once: None
) -> None:
    broken = "measured_on,ac_power\nyesterday,1\n"
    with pytest.raises(InvalidPackage) as caught:
        publish(task_upload(**{"data/files/a.csv": broken, "data/files/b.csv": broken}))
    assert {fault.file for fault in caught.value.faults} == {"data/files/a.csv", "data/files/b.csv"}
    assert nothing_is_stored(hub_data)


def test_metric_without_its_tolerance_is_told(publish: Publish, task_upload: MakeUpload) -> None:
    config = {
        "function_name": "f",
        "comparison_type": "time_series",
        "performance_metrics": ["share_within_tolerance"],
        "metrics_operations": {"share_within_tolerance_time_series": ["mean"]},
    }
    with pytest.raises(InvalidPackage, match="has no tolerance"):
        publish(task_upload(**{"config.json": json.dumps(config)}))


@pytest.mark.parametrize("mode", ["named", "positional"])
def test_version_knows_what_its_task_offers(
    publish: Publish, task_upload: MakeUpload, mode: str
) -> None:
    config = {**CONFIG, "allowable_kwargs": ["longitude", "latitude"], "sidecars": ["weather.csv"]}
    files = {
        "config.json": json.dumps({**config, "arguments": mode}),
        "data/weather.csv": "time,temperature\n2024-01-01,3\n",
    }
    offered = offered_by(publish(task_upload(**files)))
    assert offered == OfferedArguments(("longitude", "latitude", "weather"), mode == "positional")


@pytest.mark.parametrize(
    ("more", "memory"),
    [
        ({}, 0),
        ({"limits": {"memory_bytes": 3 * 1024**3}}, 3 * 1024**3),
        ({"limits": {"memory_bytes": 10**30}}, 2**63 - 1),
        ({"public_results_table": "public.json"}, 8 * 1024**3),
    ],
)
def test_version_knows_what_memory_its_package_asks_for(
    publish: Publish, task_upload: MakeUpload, more: dict[str, object], memory: int
) -> None:
    version = publish(task_upload(**{"config.json": json.dumps({**CONFIG, **more})}))
    version.refresh_from_db()
    assert version.memory_bytes == memory


@pytest.mark.usefixtures("read_data_at_once")
def test_what_the_check_points_out_is_stored_with_the_version(
    publish: Publish, task_upload: MakeUpload
) -> None:
    files = {
        "config.json": json.dumps({**CONFIG, "slice": ["issue"]}),
        "data/files/README.md": "What is here",
        "data/references/a.csv": "date,shift\n2024-01-01,0\n"
        + "".join(f"2024-02-{day:02},0\n" for day in range(1, 20)),
    }
    version = publish(task_upload(**files))
    version.refresh_from_db()
    keys, strays, divided, few, overlap = version.notes
    assert "unknown keys, which are ignored: `slice`" in keys
    assert "not data are ignored: README.md" in strays
    assert '1 system with files in more than one part, such as "4"' in divided
    assert "is over 1 hidden file" in few
    assert "only 1 of the truth's 20 values are inside" in overlap


def test_what_the_preparation_points_out_is_added_once(
    publish: Publish, task_upload: MakeUpload
) -> None:
    version = publish(task_upload(**{"data/files/README.md": "What is here"}))
    stray, divided, few = version.notes
    for _ in range(2):
        add_notes(version, (stray, "a.csv: look at the zone"))
        version.refresh_from_db()
    assert version.notes == [stray, divided, few, "a.csv: look at the zone"]


def test_script_package_offers_nothing_of_its_own(
    publish: Publish, script_upload: MakeUpload
) -> None:
    assert offered_by(publish(script_upload())) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Pack the files into one"),
        (b"PK", "Pack the files into one"),
        (b"not a zip", "Pack the files into one"),
        (b"\x1f\x8b tarball", "is packed with gzip, not a .zip archive. Pack the files as a .zip"),
    ],
)
def test_what_is_no_zip_is_refused(
    publish: Publish, hub_data: Path, content: bytes, said: str
) -> None:
    with pytest.raises(UnsupportedType, check=coded("not-a-zip"), match=said):
        publish(SimpleUploadedFile("package.zip", content))
    assert nothing_is_stored(hub_data)


def test_archive_cut_off_in_the_middle_is_a_fault(
    publish: Publish, task_upload: MakeUpload, hub_data: Path
) -> None:
    half = task_upload().read()[:900]
    with pytest.raises(InvalidPackage, match="truncated"):
        publish(SimpleUploadedFile("package.zip", half))
    assert nothing_is_stored(hub_data)


def test_archive_over_the_limit_is_refused(
    publish: Publish, settings: Settings, hub_data: Path
) -> None:
    settings.MAX_PACKAGE_BYTES = 100
    with pytest.raises(TooLarge, check=coded("archive-too-large"), match="evaluation_script"):
        publish()
    assert nothing_is_stored(hub_data)


def test_organisers_alone_may_publish_where_they_are_approved(
    participant: Account, organiser: Account, task_upload: MakeUpload, settings: Settings
) -> None:
    settings.EVERYONE_MAY_PUBLISH = False
    fields = AnalysisFields("Time shifts")
    with pytest.raises(NotAnOrganiser):
        store_analysis(creator=participant, fields=fields, upload=task_upload())
    assert store_analysis(creator=organiser, fields=fields, upload=task_upload()).pk


def test_staff_may_publish_for_somebody_else(
    participant: Account, staff: Account, task_upload: MakeUpload, settings: Settings
) -> None:
    settings.EVERYONE_MAY_PUBLISH = False
    fields = AnalysisFields("Time shifts")
    version = store_analysis(creator=participant, fields=fields, upload=task_upload(), by=staff)
    assert version.analysis.creator == participant


def test_fields_that_cannot_be_stored_are_all_named(publish: Publish, hub_data: Path) -> None:
    with pytest.raises(InvalidFields) as caught:
        publish(
            analysis_name=" ",
            ruleset="\0",
            annotation_file_name="../x",
            max_concurrent_submission_evaluation=0,
            primary_metric="m" * 201,
        )
    assert {fault.field for fault in caught.value.faults} == {
        "analysis_name",
        "ruleset",
        "annotation_file_name",
        "max_concurrent_submission_evaluation",
        "primary_metric",
    }
    assert nothing_is_stored(hub_data)


def test_same_package_under_the_same_name_is_refused(publish: Publish) -> None:
    first = publish()
    with pytest.raises(
        Conflict, check=coded("analysis-exists"), match=f"analysis {first.analysis_id}"
    ):
        publish()
    assert Analysis.objects.count() == 1


def test_same_package_under_another_name_is_another_analysis(publish: Publish) -> None:
    assert publish().analysis_id != publish(analysis_name="Time shifts again").analysis_id


def test_new_version_makes_the_old_one_stale(
    publish: Publish, task_upload: MakeUpload, script_upload: MakeUpload
) -> None:
    first = publish()
    second = add_version(analysis=first.analysis, upload=script_upload())
    first.analysis.refresh_from_db()
    assert (second.number, second.archive) == (
        2,
        f"evaluation_scripts/analysis_{first.analysis_id}_v2.zip",
    )
    assert is_outdated(first)
    assert not is_outdated(second)


def test_version_with_the_content_of_an_earlier_one_is_refused(
    publish: Publish, task_upload: MakeUpload, script_upload: MakeUpload
) -> None:
    analysis = publish().analysis
    add_version(analysis=analysis, upload=script_upload())
    with pytest.raises(Conflict, check=coded("version-exists"), match="Version 1"):
        add_version(analysis=analysis, upload=task_upload())
    assert analysis.versions.count() == 2
