"""Packages are unpacked once on a machine, and only with the content they had."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from error_codes import coded
from valhub.analyses.errors import PackageAltered
from valhub.analyses.models import AnalysisVersion
from valhub.analyses.package_cache import packages_folder, unpacked_package
from valhub.analyses.selectors.packages import open_package_of
from valhub.cloud.storage import delete_file, store_file
from valhub.errors import Unavailable
from valhub.evaluation.packages.script_package import ScriptPackage
from valhub.evaluation.packages.tasks.task_package import TaskPackage

MakeUpload = Callable[..., SimpleUploadedFile]
Publish = Callable[..., AnalysisVersion]


@pytest.fixture
def far_away(publish: Publish) -> AnalysisVersion:
    """A version that this machine has not unpacked yet."""
    version = publish()
    shutil.rmtree(packages_folder())
    return version


def folders() -> list[str]:
    return [path.name for path in packages_folder().iterdir() if path.is_dir()]


def test_uploaded_package_is_unpacked_already(publish: Publish) -> None:
    version = publish()
    assert folders() == [version.content_hash]


def test_package_is_fetched_when_it_is_not_there(far_away: AnalysisVersion) -> None:
    with open_package_of(far_away) as package:
        assert isinstance(package, TaskPackage)
        assert package.content_hash == far_away.content_hash
        assert [file.name for file in package.files] == ["b.csv", "a.csv"]
        assert all(file.path.is_file() for file in package.files)
    assert folders() == [far_away.content_hash]


def test_unpacked_package_needs_no_storage(publish: Publish) -> None:
    version = publish()
    delete_file(version.archive)
    with open_package_of(version) as package:
        assert package.name == "Time shifts"


def test_package_is_fetched_again_when_the_cache_was_emptied(publish: Publish) -> None:
    version = publish()
    with open_package_of(version):
        shutil.rmtree(packages_folder())
    with open_package_of(version) as package:
        assert package.root.is_dir()


def test_package_that_the_disk_changed_is_fetched_again(publish: Publish) -> None:
    version = publish()
    changed = packages_folder() / version.content_hash / "data/files/a.csv"
    changed.write_text(changed.read_text() + "2022-01-01 00:00:00+00:00,1.0\n")
    with open_package_of(version) as package:
        assert package.content_hash == version.content_hash
    assert folders() == [version.content_hash]


def test_package_that_the_disk_lost_parts_of_is_fetched_again(publish: Publish) -> None:
    version = publish()
    (packages_folder() / version.content_hash / "config.json").unlink()
    with open_package_of(version) as package:
        assert (package.root / "config.json").is_file()


def test_script_package_is_opened_with_its_annotation(
    publish: Publish, script_upload: MakeUpload
) -> None:
    upload = script_upload(**{"test_annotation.txt": None, "truth.txt": "2\n4\n"})
    version = publish(upload, annotation_file_name="truth.txt")
    with open_package_of(version) as package:
        assert isinstance(package, ScriptPackage)
        assert package.annotation.name == "truth.txt"


def test_truth_is_closed_to_other_users(publish: Publish, hub_data: Path) -> None:
    publish()
    assert packages_folder().stat().st_mode & 0o077 == 0


def test_lost_archive_is_our_fault(far_away: AnalysisVersion) -> None:
    delete_file(far_away.archive)
    with pytest.raises(Unavailable, check=coded("package-missing")), unpacked_package(far_away):
        pass
    assert folders() == []


def test_archive_that_is_damaged_is_our_fault(far_away: AnalysisVersion) -> None:
    delete_file(far_away.archive)
    store_file(far_away.archive, ContentFile(b"PK\x03\x04 damaged"))
    with pytest.raises(PackageAltered), unpacked_package(far_away):
        pass
    assert folders() == []


def test_archive_with_other_content_is_not_used(
    far_away: AnalysisVersion, script_upload: MakeUpload
) -> None:
    delete_file(far_away.archive)
    store_file(far_away.archive, script_upload())
    with pytest.raises(PackageAltered), unpacked_package(far_away):
        pass
    assert folders() == []


def test_workers_that_fetch_at_once_share_one_folder(far_away: AnalysisVersion) -> None:
    def root(version: AnalysisVersion) -> Path:
        with unpacked_package(version) as folder:
            return folder

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(root, [far_away] * 16))
    assert found == {packages_folder() / far_away.content_hash}
    assert folders() == [far_away.content_hash]
