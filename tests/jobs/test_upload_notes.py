"""A hub says about an upload what `valhub check` says: hints in faults, and notes in its events."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from valhub.errors import UnsupportedType
from valhub.evaluation.packages.faults import InvalidPackage
from valhub.jobs.services.new_submissions import submit_algorithm

pytestmark = pytest.mark.django_db(transaction=True)

CODE = "def estimate_azimuth(series):\n    return 1.0\n"


def packed(**files: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name, text in {"submission_wrapper.py": CODE, **files}.items():
            file.writestr(name, text)
    return archive.getvalue()


@pytest.fixture
def send(tiny_version, participant):
    def call(content: bytes, name: str = "mine.zip"):
        upload = SimpleUploadedFile(name, content)
        return submit_algorithm(analysis=tiny_version.analysis, account=participant, upload=upload)

    return call


def noted(submission) -> list[str]:
    events = submission.events.filter(kind="note").order_by("number")
    return [event.data["reason"] for event in events]


def test_what_is_left_out_and_what_is_not_read_is_noted(send):
    content = packed(**{".git/HEAD": "x", "requirement.txt": "numpy"})
    assert noted(send(content)) == [
        "Ignored: .git/. Leave this out of the archive.",
        "requirement.txt: This file is not read. Rename it to requirements.txt.",
    ]


def test_fine_upload_has_no_note(send):
    assert noted(send(packed(**{"requirements.txt": "numpy>=1.26\n", "helper.py": ""}))) == []


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"Rar!\x1a\x07\x00", "mine.zip", "algorithm is a RAR archive, not a .zip archive. Pack"),
        (b"7z\xbc\xaf\x27\x1c", "mine.7z", "algorithm is a 7z archive, not a .zip archive. Pack"),
        (CODE.encode(), "mine.py", "algorithm is a single Python file, not a .zip archive. Name"),
        (b"{}", "mine.ipynb", "algorithm is a notebook, not a .zip archive. Save its code"),
    ],
)
def test_what_is_no_zip_is_named(send, content, name, words):
    with pytest.raises(UnsupportedType, match=words):
        send(content, name)


def test_hint_is_part_of_the_fault(send):
    with pytest.raises(InvalidPackage) as caught:
        send(packed(**{"requirements.txt": "sklearn"}))
    assert [fault.fix for fault in caught.value.faults] == ['Write "scikit-learn".']
