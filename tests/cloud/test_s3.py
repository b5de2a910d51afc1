"""Files in a bucket are whole, private, encrypted and never overwritten."""

import hashlib
import io
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn
from urllib.request import urlopen

import pytest

from services.bucket import keys
from valhub.cloud.errors import FileAltered, FileMissing
from valhub.cloud.storage import (
    delete_file,
    fetch_file,
    link_to_file,
    old_files,
    open_file,
    store_file,
)

STORE = """
import io, os, signal, sys
import django; django.setup()
from valhub.cloud.storage import store_file

class Upload(io.BytesIO):
    def read(self, size=-1, /):
        if self.tell() > 16 * 1024**2:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(size)

store_file("boxes/one.zip", Upload(bytes(int(sys.argv[1]))))
"""

pytestmark = pytest.mark.usefixtures("bucket")
LARGE = os.urandom(20 * 1024**2)


def read(key: str) -> bytes:
    with open_file(key) as file:
        return file.read()


def store(key: str, content: bytes = b"content") -> str:
    return store_file(key, io.BytesIO(content))


@pytest.mark.parametrize("content", [b"", b"content", LARGE])
def test_file_is_read_back_as_it_was_stored(content: bytes, tmp_path: Path) -> None:
    key = store("boxes/one.zip", content)
    assert key == "boxes/one.zip"
    assert read(key) == content
    fetch_file(key, tmp_path / "one", sha256=hashlib.sha256(content).hexdigest())
    assert (tmp_path / "one").read_bytes() == content


def test_file_is_stored_encrypted_and_without_an_access_list(bucket: str, s3: Any) -> None:
    store("boxes/one.zip")
    assert s3.head_object(Bucket=bucket, Key="boxes/one.zip")["ServerSideEncryption"] == "AES256"
    grants = s3.get_object_acl(Bucket=bucket, Key="boxes/one.zip")["Grants"]
    assert all(grant["Grantee"]["Type"] == "CanonicalUser" for grant in grants)


def test_taken_key_keeps_its_file() -> None:
    store("boxes/one.zip", b"first")
    second = store("boxes/one.zip", b"second")
    assert (read("boxes/one.zip"), read(second)) == (b"first", b"second")


def test_key_taken_while_writing_keeps_its_file(bucket: str, s3: Any) -> None:
    class Racing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            s3.put_object(Bucket=bucket, Key="boxes/one.zip", Body=b"first")
            return super().read(size)

    second = store_file("boxes/one.zip", Racing(b"second"))
    assert second != "boxes/one.zip"
    assert (read("boxes/one.zip"), read(second)) == (b"first", b"second")


def test_upload_that_breaks_off_leaves_nothing(bucket: str, s3: Any) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > len(LARGE) // 2:
                _gone()
            return super().read(size)

    with pytest.raises(OSError, match="gone"):
        store_file("boxes/one.zip", Broken(LARGE))
    assert keys(s3) == []
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def _gone() -> NoReturn:
    raise OSError("The file is gone.")


def store_elsewhere(url: str, data: Path, size: int) -> "subprocess.CompletedProcess[str]":
    """Store a file from another process; one larger than 16 MiB kills it half-way."""
    hub = {"VALHUB_STORAGE": url, "VALHUB_DATA": str(data), "VALHUB_LOG_LEVEL": "DEBUG"}
    environment = {**os.environ, **hub, "AWS_SESSION_TOKEN": "hunter2"}
    command = [sys.executable, "-c", STORE, str(size)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_upload_that_is_killed_leaves_nothing_to_be_seen(
    s3: Any, bucket_url: str, tmp_path: Path
) -> None:
    done = store_elsewhere(bucket_url, tmp_path, 40 * 1024**2)
    assert done.returncode == -signal.SIGKILL
    assert keys(s3) == []


@pytest.mark.slow
def test_credentials_are_in_no_log(s3: Any, bucket_url: str, tmp_path: Path) -> None:
    done = store_elsewhere(bucket_url, tmp_path, 1000)
    assert keys(s3) == ["boxes/one.zip"]
    assert '"level": "debug"' in done.stderr
    assert "testing" not in done.stderr
    assert "hunter2" not in done.stderr


def test_deleted_file_is_gone(tmp_path: Path) -> None:
    key = store("boxes/one.zip")
    delete_file(key)
    delete_file(key)
    with pytest.raises(FileMissing):
        open_file(key)
    with pytest.raises(FileMissing):
        fetch_file(key, tmp_path / "one", sha256="")
    with pytest.raises(FileMissing):
        link_to_file(key, name="one.zip")


def test_altered_file_is_not_used(bucket: str, s3: Any, tmp_path: Path) -> None:
    key = store("boxes/one.zip")
    s3.put_object(Bucket=bucket, Key=key, Body=b"other")
    with pytest.raises(FileAltered):
        fetch_file(key, tmp_path / "one", sha256=hashlib.sha256(b"content").hexdigest())


def test_only_old_files_directly_in_the_folder_are_listed() -> None:
    for key in ("boxes/one.zip", "boxes/deep/two.zip", "boxes.zip"):
        store(key)
    assert list(old_files("boxes", older_than=timedelta(minutes=-1))) == ["boxes/one.zip"]
    assert list(old_files("boxes", older_than=timedelta(minutes=1))) == []
    assert list(old_files("nowhere", older_than=timedelta(0))) == []


def test_name_that_only_begins_alike_is_another_file() -> None:
    store("boxes/one.zip.old")
    assert store("boxes/one.zip") == "boxes/one.zip"


def test_link_sends_the_file_under_its_name() -> None:
    link = link_to_file(store("boxes/one.zip"), name="one.zip")
    assert link is not None
    assert "X-Amz-Expires=60&" in link
    with urlopen(link, timeout=120) as answer:
        assert answer.read() == b"content"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="one.zip"'
