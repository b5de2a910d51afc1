"""Large uploads lie on disk without a name, so that no end of their process leaves one behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from valhub.cloud.incoming_files import UnnamedUpload, UnnamedUploadHandler, uploads_folder

LARGE = b"PK" + bytes(3 * 1024**2)
RECEIVE_AND_DIE = """
import os, signal, django
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
django.setup()
sent = SimpleUploadedFile("large.zip", b"PK" + bytes(3 * 1024**2))
upload = RequestFactory().post("/", {"file": sent}).FILES["file"]
assert upload.size == 3 * 1024**2 + 2
os.kill(os.getpid(), signal.SIGKILL)
"""


def received(content: bytes) -> UnnamedUpload:
    upload = RequestFactory().post("/", {"file": SimpleUploadedFile("a.zip", content)}).FILES
    found = upload["file"]
    assert isinstance(found, UnnamedUpload)
    return found


def test_a_large_upload_is_on_disk_without_a_name(hub_data: Path) -> None:
    with received(LARGE) as upload:
        assert Path(upload.temporary_file_path()).read_bytes() == upload.read() == LARGE
        assert (upload.name, upload.size) == ("a.zip", len(LARGE))
        assert os.fstat(upload.fileno()).st_dev == (hub_data / "uploads").stat().st_dev
        assert list(uploads_folder().iterdir()) == []


def test_a_process_killed_while_it_receives_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "valhub.settings",
        "VALHUB_DATA": str(tmp_path / "data"),
        "TMPDIR": str(tmp_path / "tmp"),
    }
    done = subprocess.run([sys.executable, "-c", RECEIVE_AND_DIE], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    assert list((tmp_path / "data/uploads").iterdir()) == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_an_upload_that_breaks_off_is_closed(hub_data: Path) -> None:
    handler = UnnamedUploadHandler()
    handler.upload_interrupted()  # Nothing has arrived yet.
    handler.new_file("file", "a.zip", "application/zip", None)
    handler.receive_data_chunk(LARGE, 0)
    handler.upload_interrupted()
    assert handler.file.closed
    assert list(uploads_folder().iterdir()) == []
