"""Files are stored whole or not at all."""

import errno
import hashlib
import io
import os
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from valhub.cloud.storage import delete_file, old_files, open_file, sha256_of, store_file


class FullDisk(io.BytesIO):
    """A file whose copy fills the disk after its first piece."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().read(4)


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def read(key: str) -> bytes:
    with open_file(key) as file:
        return file.read()


def test_file_is_read_back_as_it_was_stored() -> None:
    key = store_file("boxes/one.zip", io.BytesIO(b"content"))
    assert key == "boxes/one.zip"
    assert read(key) == b"content"


def test_file_is_stored_from_its_beginning() -> None:
    source = io.BytesIO(b"content")
    source.read()
    assert read(store_file("boxes/one.zip", source)) == b"content"


def test_stored_file_is_for_this_user_alone(hub_data: Path) -> None:
    store_file("boxes/one.zip", io.BytesIO(b"content"))
    assert (hub_data / "files/boxes/one.zip").stat().st_mode & 0o077 == 0
    assert (hub_data / "files/boxes").stat().st_mode & 0o077 == 0


def test_taken_key_keeps_its_file() -> None:
    store_file("boxes/one.zip", io.BytesIO(b"first"))
    second = store_file("boxes/one.zip", io.BytesIO(b"second"))
    assert read("boxes/one.zip") == b"first"
    assert read(second) == b"second"


def test_key_taken_while_writing_keeps_its_file(hub_data: Path) -> None:
    class Racing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            (hub_data / "files/boxes/one.zip").write_bytes(b"first")
            return super().read(size)

    second = store_file("boxes/one.zip", Racing(b"second"))
    assert second != "boxes/one.zip"
    assert (read("boxes/one.zip"), read(second)) == (b"first", b"second")


def test_full_disk_leaves_nothing(hub_data: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        store_file("boxes/one.zip", FullDisk(b"content"))
    assert files_below(hub_data / "files") == []


def test_file_has_no_name_before_it_is_on_the_disk(
    hub_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(descriptor: int) -> NoReturn:
        raise InterruptedError

    monkeypatch.setattr(os, "fsync", power_cut)
    with pytest.raises(InterruptedError):
        store_file("boxes/one.zip", io.BytesIO(b"content"))
    assert files_below(hub_data / "files") == []


def test_deleted_file_is_gone() -> None:
    key = store_file("boxes/one.zip", io.BytesIO(b"content"))
    delete_file(key)
    with pytest.raises(FileNotFoundError):
        open_file(key)


def test_only_old_files_are_listed(hub_data: Path) -> None:
    store_file("boxes/old.zip", io.BytesIO(b"content"))
    store_file("boxes/new.zip", io.BytesIO(b"content"))
    os.utime(hub_data / "files/boxes/old.zip", (0, 0))
    assert list(old_files("boxes", older_than=timedelta(hours=1))) == ["boxes/old.zip"]


def test_folder_that_is_not_there_has_no_old_files() -> None:
    assert list(old_files("nowhere", older_than=timedelta(0))) == []


def test_hash_is_of_the_whole_file() -> None:
    source = io.BytesIO(b"content")
    source.read(3)
    assert sha256_of(source) == hashlib.sha256(b"content").hexdigest()
