"""Files are known by their first bytes; plain text is never taken for anything else."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from valhub.evaluation.packages.files.archives import unpack
from valhub.evaluation.packages.files.file_kinds import kind_of, not_a_zip
from valhub.evaluation.packages.tasks.dataset import check_data
from valhub.evaluation.packages.tasks.task_package import open_task_package


def tar(mode: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=f"w:{mode}") as archive:
        info = tarfile.TarInfo("submission_wrapper.py")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"pass"))
    return packed.getvalue()


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return packed.getvalue()


def parquet() -> bytes:
    packed = io.BytesIO()
    pq.write_table(pa.table({"a": [1, 2]}), packed)
    return packed.getvalue()


KINDS = {
    "a .tar.gz archive": tar("gz"),
    "a .tar archive": tar(""),
    "packed with bzip2 (.tar.bz2, .bz2)": tar("bz2"),
    "packed with xz (.tar.xz, .xz)": tar("xz"),
    "packed with gzip": gzip.compress(b"time,power\n", mtime=0),
    "packed with zstd": b"\x28\xb5\x2f\xfd\x04\x00",
    "a 7z archive": b"7z\xbc\xaf\x27\x1c\x00\x04",
    "a RAR archive": b"Rar!\x1a\x07\x01\x00",
    "a .zip archive": zipped("a.csv"),
    "a spreadsheet or another office document": zipped("[Content_Types].xml", "xl/workbook.xml"),
    "a Parquet file": parquet(),
    "an HDF5 file": b"\x89HDF\r\n\x1a\n\x00",
    "a NumPy file": b"\x93NUMPY\x01\x00",
    "a pickle": b"\x80\x04\x95",
    "a Git LFS pointer and not the file itself": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"
    ),
    "a web page": b"\n<!DOCTYPE html>\n<html>",
    "a notebook": b'{\n "cells": [\n  {\n   "cell_type": "code"',
    "UTF-16 text, not UTF-8": "time,power\n".encode("utf-16"),
    "UTF-32 text, not UTF-8": "time,power\n".encode("utf-32"),
}
TEXTS = [
    b"",
    b"time,power\n2024-01-01,1\n",
    b"\xef\xbb\xbftime,power\n",
    "Zeit,Leistung für Süd\n".encode(),
    "Zeit,Leistung für Süd\n".encode("latin-1"),
    b"PAR1,power\n1,2\n" * 9,
    b"BZh9,power\n",
    b"MZ,CDF,Rar\n",
    b"version,https\n",
    b"<table>,html\n",
    b'{"function_name": "f", "cells": 4}',
    b'{"cells": ["a", "b"]}',
    b"7z,PK,x\n",
    ("x" * 257 + "ustar\n").encode(),
    "表,値\n".encode("shift_jis"),
]


@pytest.mark.parametrize("name", KINDS)
def test_kind_is_seen_by_its_first_bytes(name):
    kind = kind_of(KINDS[name][:4096])
    assert kind is not None
    assert kind.name == name


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_plain_text_has_no_kind(text):
    assert kind_of(text) is None


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_seen_without_its_mark(encoding):
    kind = kind_of("time,power\n".encode(encoding))
    assert kind is not None
    assert kind.fix == "Save it as UTF-8."


def test_bytes_that_only_begin_like_gzip_are_not_unpacked_further():
    kind = kind_of(b"\x1f\x8b" + b"\xff" * 100)
    assert kind is not None
    assert kind.name == "packed with gzip"


@pytest.mark.parametrize(
    ("name", "content", "problem", "fix"),
    [
        (
            "mine.zip",
            KINDS["a .tar.gz archive"],
            "It is a .tar.gz archive, not a .zip",
            "Pack the files as a .zip.",
        ),
        ("mine.zip", b"Rar!\x1a\x07\x00", "It is a RAR archive, not", "Pack the files as a .zip."),
        ("mine.zip", lzma.compress(b"x"), "packed with xz", "Pack the files as a .zip."),
        ("mine.zip", bz2.compress(b"x"), "packed with bzip2", "Pack the files as a .zip."),
        ("f.py", b"def f(): ...", "It is a single Python file, not", "Name it submission_wrapper"),
        ("f.ipynb", b"{}", "It is a notebook, not a .zip", "Save its code as submission_wrapper"),
        ("mine.zip", b"version https://git-lfs.github.com/spec/v1\n", "LFS", "git lfs pull"),
        ("mine.zip", b"anything", "It is not a readable .zip archive", "Pack the archive again."),
    ],
    ids=range(8),
)
def test_what_was_sent_instead_of_a_zip_is_named(tmp_path, faults_of, name, content, problem, fix):
    (tmp_path / name).write_bytes(content)
    (fault,) = faults_of(lambda: unpack(tmp_path / name, tmp_path / "out"))
    assert problem in fault.problem
    assert fix in fault.fix


def test_a_zip_is_a_zip_under_any_name():
    assert not_a_zip(zipped("a.py"), "mine.py") is None


@pytest.mark.parametrize(
    ("file", "content", "problem", "fix"),
    [
        ("data/files/a.csv", gzip.compress(b"x", mtime=0), "packed with gzip", "Unpack it."),
        ("data/files/a.csv", KINDS["a web page"], "a web page", "Download"),
        ("data/files/a.csv", zipped("xl/a"), "spreadsheet", "Save it as CSV"),
        ("data/files/a.csv", parquet(), "a Parquet file", "Name it .parquet."),
        ("data/references/a.csv", zipped("a.csv"), "a .zip archive", "Unpack it."),
        ("data/file_metadata.csv", "a,b\n".encode("utf-16"), "UTF-16", "Save it as UTF-8."),
        ("data/system_metadata.csv", zipped("xl/a"), "spreadsheet", "Save it as CSV"),
        (
            "config.json",
            KINDS["a Git LFS pointer and not the file itself"],
            "Git LFS pointer",
            "git lfs pull",
        ),
    ],
    ids=range(8),
)
def test_files_of_another_kind_are_one_fault_of_a_package(
    make_task, faults_of, file, content, problem, fix
):
    task = make_task({file: content})
    faults = faults_of(lambda: check_data(open_task_package(task)))
    (fault,) = [one for one in faults if one.file == file]
    assert problem in fault.problem
    assert fix in fault.fix
