"""What participants can download is stored with its version, whole."""

import os
import zipfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.analyses.conftest import TASK
from valhub.analyses.models import Analysis, AnalysisVersion, PublicPart
from valhub.analyses.selectors.public_files import find_starter, public_copies, public_files_of
from valhub.analyses.services import uploads
from valhub.analyses.services.abandoned_uploads import sweep_uploads
from valhub.cloud.storage import open_file
from valhub.evaluation.packages.tasks.public_archive import STARTER
from valhub.jobs.services.analysis_deletion import delete_analysis
from valhub.server.backups.files import stored_files

Publish = Callable[..., AnalysisVersion]
pytestmark = pytest.mark.django_db(transaction=True)
TABLE = "system_id,file_name,timezone,part\n4,b.csv,Etc/GMT+7,{}\n4,a.csv,Etc/GMT+7,{}\n"


def content(key: str) -> bytes:
    with open_file(key) as file:
        data: bytes = file.read()
        return data


def public_keys(hub_data: Path) -> set[str]:
    return {f"public_files/{path.name}" for path in (hub_data / "files/public_files").glob("*")}


def make_old(hub_data: Path) -> None:
    long_ago = (timezone.now() - timedelta(days=2)).timestamp()
    for key in public_keys(hub_data):
        os.utime(hub_data / "files" / key, (long_ago, long_ago))


def test_an_upload_stores_the_public_files_and_their_archive(
    publish: Publish, hub_data: Path
) -> None:
    version = publish()
    (file,) = public_files_of(version)
    assert (file.name, file.data.name, file.truth.name) == ("a.csv",) * 3
    assert file.metadata["system_id"] == "4"
    assert content(file.truth.key) == b"date,shift\n2024-01-01,0\n"
    with open_file(find_starter(version).key) as stored, zipfile.ZipFile(stored) as archive:
        assert archive.read("data/files/a.csv") == content(file.data.key)
        assert not [name for name in archive.namelist() if "b.csv" in name]
    copies = list(public_copies("default"))
    assert {copy.key for copy in copies} == public_keys(hub_data)
    assert sorted(copy.name for copy in copies) == ["a.csv", "a.csv", STARTER]
    assert all(len(content(copy.key)) == copy.size for copy in copies)


def test_so_does_an_upload_that_was_read_before_and_is_in_a_folder(
    publish: Publish, task_upload: Callable[..., SimpleUploadedFile]
) -> None:
    inside = {f"mine/{name}": text for name, text in TASK.items()}
    upload = partial(task_upload, **dict.fromkeys(TASK), **inside)
    first, second = publish(upload()), publish(upload(), analysis_name="Another")
    assert find_starter(first).sha256 == find_starter(second).sha256
    assert find_starter(first).key != find_starter(second).key
    assert content(public_files_of(second)[0].data.key) == TASK["data/files/a.csv"].encode()


@pytest.mark.parametrize("parts", [("hidden", "hidden"), ("hidden", "final")])
def test_without_public_files_nothing_is_stored(
    publish: Publish,
    hub_data: Path,
    task_upload: Callable[..., SimpleUploadedFile],
    parts: tuple[str, str],
) -> None:
    version = publish(task_upload(**{"data/file_metadata.csv": TABLE.format(*parts)}))
    assert public_files_of(version) == list(public_copies("default")) == []
    assert public_keys(hub_data) == set()


def test_a_script_package_has_none(
    publish: Publish, script_upload: Callable[..., SimpleUploadedFile]
) -> None:
    publish(script_upload())
    assert not PublicPart.objects.exists()


class Killed(BaseException):
    """Stands for a process that ends here: nothing catches it."""


@pytest.mark.parametrize("tidies_up", [True, False])
def test_what_a_failed_upload_stored_is_removed_and_nothing_else(
    publish: Publish, hub_data: Path, monkeypatch: pytest.MonkeyPatch, tidies_up: bool
) -> None:
    publish()
    kept = public_keys(hub_data)

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(uploads, "complete_version", die)
        if not tidies_up:
            patched.setattr(uploads, "delete_public_part", lambda _part: None)
        with pytest.raises(Killed):
            publish(analysis_name="Another")
    left = 0 if tidies_up else 3
    assert PublicPart.objects.count() == 1
    sweep_uploads()
    # Another process may still be storing the rest.
    assert len(public_keys(hub_data)) == len(kept) + left
    make_old(hub_data)
    sweep_uploads()
    assert public_keys(hub_data) == kept


def test_deleting_an_analysis_lets_the_sweeper_remove_its_files(
    publish: Publish, hub_data: Path
) -> None:
    version = publish()
    Analysis.objects.update(state="closed")
    delete_analysis(version.analysis, by="olivia")
    make_old(hub_data)
    sweep_uploads()
    assert public_keys(hub_data) == set()


def test_a_backup_has_them(publish: Publish, hub_data: Path) -> None:
    publish()
    backed_up = {one.key: one.sha256 for one in stored_files("default") if one.needed}
    assert public_keys(hub_data) <= backed_up.keys()
    assert all(backed_up[one.key] == one.sha256 for one in public_copies("default"))
