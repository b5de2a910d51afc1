"""Packages in a .tar.gz: read as a .zip is, and held to the same rules."""

import io
import shutil
import tarfile

import pytest

from valhub.client.check import CheckRequest, check_path
from valhub.evaluation.packages.faults import InvalidPackage
from valhub.evaluation.packages.files.archives import opened
from valhub.evaluation.packages.files.folders import content_hash, top_folder
from valhub.evaluation.packages.limits import ALGORITHM_LIMITS, PACKAGE_LIMITS, ArchiveLimits

MODES = {"package.tar.gz": "w:gz", "package.tgz": "w:gz", "package.tar": "w"}


def packed(path, *members, mode="w:gz"):
    """Pack names with contents, or members as they are."""
    with tarfile.open(path, mode) as archive:
        for name, content in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


@pytest.mark.parametrize("name", MODES)
@pytest.mark.parametrize("arcname", [".", "time-shifts"])
def test_a_tar_is_the_package_that_was_packed(make_task, tmp_path, name, arcname):
    root = make_task({"._config.json": "x", "data/files/.DS_Store": "x"})
    archive = tmp_path / name
    with tarfile.open(archive, MODES[name]) as tar:
        tar.add(root, arcname=arcname)
    with opened(archive, PACKAGE_LIMITS) as unpacked:
        assert content_hash(top_folder(unpacked)) == content_hash(root)
        assert not (unpacked / "._config.json").exists()
    assert "package is a sound task package with 2 files." in check_path(CheckRequest(str(archive)))


def link(name, kind, target):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def special(name, kind):
    info = tarfile.TarInfo(name)
    info.type = kind
    return info


@pytest.mark.parametrize("kind", [tarfile.DIRTYPE, tarfile.REGTYPE])
def test_size_below_zero_does_not_make_room_for_others(tmp_path, kind):
    archive = tmp_path / "package.tar.gz"
    with tarfile.open(archive, "w:gz", format=tarfile.PAX_FORMAT) as tar:
        first = special("data", kind)
        first.pax_headers = {"size": str(-(10**12))}
        tar.addfile(first)
        large = tarfile.TarInfo("zeros.csv")
        large.size = 2 << 20
        tar.addfile(large, io.BytesIO(bytes(large.size)))
    limits = ArchiveLimits(total_bytes=1 << 20, tar=True)
    with (
        pytest.raises(InvalidPackage, match=r"is not a readable \.tar archive"),
        opened(archive, limits),
    ):
        pass


@pytest.mark.parametrize(
    ("member", "problem"),
    [
        ("../evil.csv", 'climbs out of the package with ".."'),
        ("a/../../evil.csv", 'climbs out of the package with ".."'),
        ("/etc/evil.csv", "The name is absolute."),
        ("a\\evil.csv", "The name has a backslash."),
        ("x" * 300 + ".csv", "The name is too long"),
        (link("a.csv", tarfile.SYMTYPE, "/etc/passwd"), "It is a link."),
        (link("a.csv", tarfile.LNKTYPE, "config.json"), "It is a link."),
        (special("a.csv", tarfile.FIFOTYPE), "neither a file nor a folder"),
        (special("a.csv", tarfile.CHRTYPE), "neither a file nor a folder"),
        ("config.json", "The name appears twice."),
        ("CONFIG.json", "differ only by case"),
        ("config.json/x", "is both a file and a folder"),
    ],
)
def test_what_no_zip_may_hold_no_tar_may(tmp_path, faults_of, member, problem):
    path = packed(tmp_path / "p.tar.gz", ("config.json", b"{}"), (member, b""))
    faults = faults_of(lambda: opened(path, PACKAGE_LIMITS).__enter__())
    assert any(problem in fault.problem for fault in faults)
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (ArchiveLimits(files=2, tar=True), "more than 2 files"),
        (ArchiveLimits(total_bytes=9, tar=True), "at most 0 MiB are allowed"),
    ],
)
def test_limits_hold_while_a_tar_is_read(tmp_path, faults_of, limits, problem):
    path = packed(tmp_path / "p.tar.gz", *((f"{i}.csv", b"0123") for i in range(3)))
    (fault,) = faults_of(lambda: opened(path, limits).__enter__())
    assert problem in fault.problem


def test_few_bytes_cannot_become_many(tmp_path, faults_of):
    path = packed(tmp_path / "p.tar.gz", ("a.csv", bytes(30 * 1024**2)))
    (fault,) = faults_of(lambda: opened(path, PACKAGE_LIMITS).__enter__())
    assert "more than 200 times as large as the archive" in fault.problem


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_tar_that_is_cut_short_is_a_fault(make_task, tmp_path, faults_of, kept):
    shutil.make_archive(str(tmp_path / "whole"), "gztar", make_task())
    data = (tmp_path / "whole.tar.gz").read_bytes()
    path = tmp_path / "cut.tar.gz"
    path.write_bytes(data[: int(len(data) * kept)])
    (fault,) = faults_of(lambda: opened(path, PACKAGE_LIMITS).__enter__())
    assert "not a readable .tar archive" in fault.problem


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_of_two_archives_in_one_file_neither_is_taken(tmp_path, faults_of, mode):
    first = packed(tmp_path / "a", ("config.json", b"{}"), mode=mode)
    second = packed(tmp_path / "b", ("data.csv", b"1"), mode=mode)
    with opened(first, PACKAGE_LIMITS) as sound:
        assert [path.name for path in sound.iterdir()] == ["config.json"]
    first.write_bytes(first.read_bytes() + second.read_bytes())
    (fault,) = faults_of(lambda: opened(first, PACKAGE_LIMITS).__enter__())
    assert "something behind the end of the archive" in fault.problem


def test_an_algorithm_in_a_tar_is_still_refused(tmp_path, faults_of):
    path = packed(tmp_path / "mine.zip", ("submission_wrapper.py", b"def f(x): ...\n"))
    (fault,) = faults_of(lambda: opened(path, ALGORITHM_LIMITS).__enter__())
    assert "is a .tar.gz archive, not a .zip archive" in fault.problem


LEFT_OUT = [".git/objects/pack", "task/.venv/lib/big.so", "__MACOSX/._a", "node_modules/a/b.js"]


@pytest.mark.parametrize("name", LEFT_OUT)
@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (ArchiveLimits(total_bytes=1 << 20, tar=True), "at most 1 MiB are allowed"),
        (ArchiveLimits(tar=True), "more than 200 times as large"),
    ],
    ids=["bytes", "ratio"],
)
def test_what_is_left_out_is_unfolded_and_counts(tmp_path, faults_of, name, limits, problem):
    members = (("config.json", b"{}"), (name, bytes(2 << 20)))
    path = packed(tmp_path / "p.tar.gz", *members)
    (fault,) = faults_of(lambda: opened(path, limits).__enter__())
    assert problem in fault.problem


def test_many_files_that_are_left_out_are_unfolded_as_headers_only(tmp_path):
    many = ((f".git/objects/{n}", b"") for n in range(100))
    path = packed(tmp_path / "p.tar.gz", ("config.json", b"{}"), *many)
    notes: list[str] = []
    with opened(path, ArchiveLimits(files=10, tar=True), notes=notes) as root:
        assert [one.name for one in root.iterdir()] == ["config.json"]
    assert notes == ["Ignored: .git/. Leave this out of the archive."]
    with pytest.raises(InvalidPackage, match="MiB in total"):
        opened(path, ArchiveLimits(total_bytes=100 * 512, tar=True)).__enter__()
