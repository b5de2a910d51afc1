"""Archives of strangers: what is sound comes out as it went in, all else is refused whole."""

import hashlib
import stat
import struct
import warnings
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties import examples
from valhub.evaluation.packages.faults import InvalidPackage
from valhub.evaluation.packages.files.archives import ArchiveLimits, content_hash, opened, unpack

SOUND = ("top/main.py", "print()"), ("top/data/x.csv", "a,b\n1,2\n")
LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"


def attempt(archive: Path, limits: ArchiveLimits | None = None) -> Path:
    return unpack(archive, archive.parent / "out", limits or ArchiveLimits())


def left_behind(archive: Path) -> list[str]:
    return [path.name for path in archive.parent.iterdir() if path != archive]


def patched(archive: Path, mark: bytes, offset: int, value: bytes, *, which: int = 0) -> Path:
    """Overwrite a header field, found from the nth mark of its record."""
    data = bytearray(archive.read_bytes())
    at = -1
    for _ in range(which + 1):
        at = data.index(mark, at + 1)
    data[at + offset : at + offset + len(value)] = value
    archive.write_bytes(data)
    return archive


def special(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info


def test_single_top_folder_is_the_root(make_zip):
    root = attempt(make_zip(*SOUND))
    assert root.name == "top"
    assert (root / "data/x.csv").read_text() == "a,b\n1,2\n"


def test_without_a_top_folder_the_destination_is_the_root(make_zip):
    root = attempt(make_zip(("main.py", ""), ("data/x.csv", "")))
    assert sorted(path.name for path in root.iterdir()) == ["data", "main.py"]


def test_litter_is_ignored_and_hides_no_top_folder(make_zip):
    litter = ("__MACOSX/top/._main.py", ""), (".DS_Store", ""), ("top/__pycache__/a.pyc", "x")
    root = attempt(make_zip(*SOUND, *litter, ("top/b.pyc", "x")))
    assert root.name == "top"
    assert not list(root.rglob("*.pyc"))


def test_modes_are_plain_whatever_the_archive_says(make_zip):
    root = attempt(make_zip((special("top/run.sh", stat.S_IFREG | 0o6777), "x"), *SOUND))
    assert stat.S_IMODE((root / "run.sh").stat().st_mode) == 0o644
    assert stat.S_IMODE((root / "data").stat().st_mode) == 0o755


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("../evil.py", "climbs out"),
        ("a/../../evil.py", "climbs out"),
        ("/etc/passwd", "absolute"),
        ("C:/evil.py", "drive letter"),
        ("a\\..\\evil.py", "backslash"),
        ("a/./b", '"." part'),
        ("a//b", "empty"),
        ("/", "empty"),
        ("a\x1b[2Jb", "control characters"),
        ("a\u202eb", "control characters"),
        ("x" * 256, "too long"),
        ("é" * 128, "too long"),
        ("/".join("abcdefghijklmnopqrstu"), "folders deep"),
        ("con.py", "device on Windows"),
        ("main.py.", "ends with a dot"),
    ],
)
def test_bad_names_are_refused(make_zip, faults_of, name, problem):
    archive = make_zip(*SOUND, (name, "x"))
    faults = faults_of(lambda: attempt(archive))
    assert any(problem in fault.problem for fault in faults)
    assert left_behind(archive) == []


def zip64_at(offset: int) -> bytes:
    """Pack one empty file whose bytes lie, says the table, at an offset of 64 bits."""
    name = b"main.py"
    local = struct.pack("<4s5H3L2H", LOCAL, 45, *[0] * 7, len(name), 0) + name
    field = struct.pack("<HHQ", 1, 8, offset)
    lengths = (len(name), len(field), 0, 0, 0, 0)
    table = struct.pack("<4s6H3L5H2L", CENTRAL, 45, 45, *[0] * 7, *lengths, 0xFFFFFFFF)
    table += name + field
    return local + table + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(table), len(local), 0)


@pytest.mark.parametrize("offset", [60, 2**31, 2**62, 2**63 - 1, 2**63, 2**64 - 1])
def test_an_offset_outside_the_archive_is_a_fault(tmp_path, faults_of, offset):
    archive = tmp_path / "a.zip"
    archive.write_bytes(zip64_at(0))
    assert [path.name for path in attempt(archive).iterdir()] == ["main.py"]
    archive.write_bytes(zip64_at(offset))
    (fault,) = faults_of(lambda: unpack(archive, tmp_path / "second", ArchiveLimits()))
    assert (fault.file, fault.problem) == ("main.py", "Its offset lies outside the archive.")


def test_of_two_archives_in_one_file_neither_is_taken(make_zip, faults_of, tmp_path):
    first = make_zip(("main.py", "first")).read_bytes()
    second = make_zip(("other.py", "second"), ("x.csv", "1")).read_bytes()
    # A packer that knows of what is in front writes its offsets from the file's beginning.
    known = bytearray(second)
    for at in (known.index(CENTRAL) + 42, known.rindex(CENTRAL) + 42, known.rindex(b"PK\5\6") + 16):
        (offset,) = struct.unpack_from("<L", known, at)
        struct.pack_into("<L", known, at, offset + len(first))
    empty = b"PK\5\6" + bytes(18)
    for number, behind in enumerate((second, known, first, empty)):
        archive = tmp_path / f"{number}.zip"
        archive.write_bytes(first + behind)
        (fault,) = faults_of(lambda: attempt(archive))  # noqa: B023 - called at once
        assert "something in front of the archive" in fault.problem


def test_name_with_a_nul_is_refused(make_zip, faults_of):
    archive = make_zip(*SOUND, ("evilX.py", "x"))
    archive.write_bytes(archive.read_bytes().replace(b"evilX.py", b"evil\0.py"))
    (fault,) = faults_of(lambda: attempt(archive))
    assert "control characters" in fault.problem
    assert fault.file == "evil\\x00.py"


@pytest.mark.parametrize(
    ("mode", "problem"),
    [
        (stat.S_IFLNK | 0o777, "symbolic link"),
        (stat.S_IFIFO | 0o644, "device, pipe or socket"),
        (stat.S_IFCHR | 0o644, "device, pipe or socket"),
        (stat.S_IFBLK | 0o644, "device, pipe or socket"),
        (stat.S_IFSOCK | 0o644, "device, pipe or socket"),
        (stat.S_IFDIR | 0o755, "as a file and as a folder"),
    ],
)
def test_special_files_are_refused(make_zip, faults_of, mode, problem):
    archive = make_zip(*SOUND, (special("top/odd", mode), "/etc/passwd"))
    (fault,) = faults_of(lambda: attempt(archive))
    assert problem in fault.problem
    assert fault.file == "top/odd"
    assert left_behind(archive) == []


@pytest.mark.parametrize(
    ("first", "second", "problem"),
    [
        ("a.py", "a.py", "appears twice"),
        ("a.py", "A.py", "differ only by case"),
        ("Lib/a.py", "lib/b.py", "differ only by case"),
        ("caf\u00e9", "cafe\u0301", "differ only by case"),
        ("stra\u00dfe", "STRASSE", "differ only by case"),
        ("a", "a/b", "both a file and a folder"),
        ("a/b", "a", "both a file and a folder"),
    ],
)
def test_clashing_names_are_refused(make_zip, faults_of, first, second, problem):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive = make_zip((first, "1"), (second, "2"))
    (fault,) = faults_of(lambda: attempt(archive))
    assert problem in fault.problem


def test_encrypted_members_are_refused(make_zip, faults_of):
    archive = patched(make_zip(("a.py", "x")), CENTRAL, 8, b"\x01")
    patched(archive, LOCAL, 6, b"\x01")
    assert "encrypted" in faults_of(lambda: attempt(archive))[0].problem


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(tmp_path, faults_of, method):
    archive = tmp_path / "archive.zip"
    with zipfile.ZipFile(archive, "w", method) as file:
        file.writestr("a.py", "x")
    assert "unsupported compression" in faults_of(lambda: attempt(archive))[0].problem


@pytest.mark.parametrize(
    ("method", "name"),
    [(9, "Deflate64"), (12, "bzip2"), (14, "LZMA"), (93, "zstd"), (95, "xz"), (77, "method 77")],
)
def test_unsupported_compression_is_named(make_zip, faults_of, method, name):
    archive = patched(make_zip(("a.py", "x")), CENTRAL, 10, struct.pack("<H", method))
    patched(archive, LOCAL, 8, struct.pack("<H", method))
    (fault,) = faults_of(lambda: attempt(archive))
    assert fault.problem == f"It uses an unsupported compression ({name})."
    assert fault.fix == 'Pack it with the usual "deflate".'


def test_dot_slash_in_front_of_every_name_is_as_good_as_none(make_zip):
    root = attempt(make_zip(("./", ""), ("./top/main.py", "1"), ("./top/data/", "")))
    assert root.name == "top"
    assert (root / "main.py").read_text() == "1"
    assert (root / "data").is_dir()


@pytest.mark.parametrize("name", ["./../a", ".//a", "././a"])
def test_dot_slash_hides_nothing(make_zip, faults_of, name):
    archive = make_zip((name, "x"))
    assert faults_of(lambda: attempt(archive))
    assert left_behind(archive) == []


def unicode_name(plain: str, name: str, *, of: str | None = None) -> zipfile.ZipInfo:
    """Name a member as Info-ZIP does on systems with another encoding."""
    info = zipfile.ZipInfo(plain)
    checksum = zlib.crc32((of or plain).encode("cp437"))
    field = struct.pack("<BL", 1, checksum) + name.encode()
    info.extra = struct.pack("<2H", 0x7075, len(field)) + field
    return info


def test_unicode_name_goes_before_the_plain_one(make_zip):
    root = attempt(make_zip((unicode_name("fl_che.csv", "fläche.csv"), "1"), ("main.py", "")))
    assert sorted(path.name for path in root.iterdir()) == ["fläche.csv", "main.py"]


def test_unicode_name_of_another_plain_one_does_not_count(make_zip):
    info = unicode_name("a.csv", "b.csv", of="old.csv")
    root = attempt(make_zip((info, "1"), ("main.py", "")))
    assert sorted(path.name for path in root.iterdir()) == ["a.csv", "main.py"]


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a\\b", "main.py"])
def test_unicode_name_is_held_to_the_same_rules(make_zip, faults_of, name):
    archive = make_zip(("main.py", ""), (unicode_name("good", name), "x"))
    assert faults_of(lambda: attempt(archive))
    assert left_behind(archive) == []


def test_one_fault_of_many_files_is_counted_after_twenty(make_zip, faults_of):
    faults = faults_of(lambda: attempt(make_zip(*((f"a\\{n}", "x") for n in range(50)))))
    assert len(faults) == 21
    assert faults[-1].problem == "30 more files have this fault: The name has a backslash."


def test_bomb_is_refused_by_its_ratio(make_zip, faults_of):
    archive = make_zip(*SOUND, ("top/zeros", bytes(2 * 1024**2)))
    (fault,) = faults_of(lambda: attempt(archive))
    assert "200 times" in fault.problem


def test_small_repetitive_files_are_no_bombs(make_zip):
    assert attempt(make_zip(*SOUND, ("top/zeros", bytes(1024**2)))).name == "top"


def test_total_size_is_limited(make_zip, faults_of):
    archive = make_zip(("a", bytes(600_000)), ("b", bytes(600_000)))
    (fault,) = faults_of(lambda: attempt(archive, ArchiveLimits(total_bytes=1024**2)))
    assert "1 MiB are allowed" in fault.problem


def test_five_thousand_files_are_too_many(make_zip, faults_of):
    archive = make_zip(*((f"f{n}", "") for n in range(5000)))
    (fault,) = faults_of(lambda: attempt(archive))
    assert "more than 4,096 files" in fault.problem
    assert left_behind(archive) == []


def test_huge_table_of_contents_is_not_read(make_zip, faults_of):
    archive = make_zip(*((f"{n:0200}", "") for n in range(30)))
    (fault,) = faults_of(lambda: attempt(archive, ArchiveLimits(files=10)))
    assert "more than 10 files" in fault.problem


def claim(archive: Path, size: int) -> Path:
    """Make both headers of the first member claim another unpacked size."""
    patched(archive, CENTRAL, 24, struct.pack("<L", size))
    return patched(archive, LOCAL, 22, struct.pack("<L", size))


@pytest.mark.parametrize(
    ("size", "problem"), [(3, "larger than the 3 bytes"), (90, "has 10 bytes but claims 90")]
)
def test_false_sizes_are_refused(make_zip, faults_of, size, problem):
    archive = claim(make_zip(("a.txt", "0123456789")), size)
    (fault,) = faults_of(lambda: attempt(archive))
    assert problem in fault.problem
    assert left_behind(archive) == []


def test_size_stated_in_two_ways_is_refused(make_zip, faults_of):
    archive = patched(make_zip(("a.txt", "0123456789")), LOCAL, 22, b"\x03")
    assert "headers disagree about its size" in faults_of(lambda: attempt(archive))[0].problem


def test_name_stated_in_two_ways_is_refused(make_zip, faults_of):
    archive = patched(make_zip(("a.txt", "0123456789")), LOCAL, 30, b"b")
    assert "disagree about its name" in faults_of(lambda: attempt(archive))[0].problem


def test_wrong_checksum_is_refused(make_zip, faults_of):
    archive = patched(make_zip(("a.txt", "0123456789")), CENTRAL, 16, b"\0\0\0\0")
    patched(archive, LOCAL, 14, b"\0\0\0\0")
    assert "checksum" in faults_of(lambda: attempt(archive))[0].problem


def test_bytes_hidden_behind_a_member_are_refused(tmp_path, faults_of):
    archive = tmp_path / "archive.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.txt", "0123456789")
        packed = file.getinfo("a.txt").compress_size
    data = archive.read_bytes()
    at = 30 + len("a.txt") + packed
    end = data.index(CENTRAL)
    grown = bytearray(data[:at] + b"XXXX" + data[end:])
    for offset in (18, at + 4 + 20):
        struct.pack_into("<L", grown, offset, packed + 4)
    struct.pack_into("<L", grown, len(grown) - 6, at + 4)
    archive.write_bytes(grown)
    assert "hides bytes" in faults_of(lambda: attempt(archive))[0].problem


def test_overlapping_members_are_refused(make_zip, faults_of):
    archive = make_zip(("a.txt", "0123456789"), ("b.txt", "0123456789"))
    # The second entry of the table points at the first member, name and all.
    patched(archive, CENTRAL, 42, bytes(4), which=1)
    patched(archive, CENTRAL, 46, b"a.txt", which=1)
    problems = " ".join(fault.problem for fault in faults_of(lambda: attempt(archive)))
    assert "overlap" in problems


def test_every_fault_of_an_archive_is_told_at_once(make_zip, faults_of):
    link = special("link", stat.S_IFLNK | 0o777)
    archive = make_zip(("../a", "x"), ("/b", "x"), (link, "x"), ("ok", "x"), ("OK", "x"))
    faults = faults_of(lambda: attempt(archive))
    assert [fault.file for fault in faults] == ["../a", "/b", "link", "OK"]


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06", b"PK\x03\x04" * 100])
def test_what_is_no_zip_is_refused(tmp_path, faults_of, content):
    archive = tmp_path / "archive.zip"
    archive.write_bytes(content)
    assert "not a readable .zip" in faults_of(lambda: attempt(archive))[0].problem


def test_empty_archive_is_refused(make_zip, faults_of):
    assert "empty" in faults_of(lambda: attempt(make_zip()))[0].problem


def test_archive_of_litter_only_is_refused(make_zip, faults_of):
    archive = make_zip(("__MACOSX/a", "x"))
    assert "contains only ignored" in faults_of(lambda: attempt(archive))[0].problem


def test_cut_off_archive_is_refused(make_zip, faults_of):
    archive = make_zip(*SOUND)
    archive.write_bytes(archive.read_bytes()[:-30])
    assert "truncated" in faults_of(lambda: attempt(archive))[0].problem


def test_opened_archive_is_gone_afterwards(make_zip, tmp_path):
    private = tmp_path / "private"
    private.mkdir()
    with opened(make_zip(("main.py", "")), within=private) as root:
        assert root.name == "archive"
        assert stat.S_IMODE(next(private.iterdir()).stat().st_mode) == 0o700
    assert list(private.iterdir()) == []


def test_missing_path_is_one_clear_fault(tmp_path, faults_of):
    (fault,) = faults_of(lambda: opened(tmp_path / "nothing").__enter__())
    assert "no such file or folder" in fault.problem


names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)


@settings(max_examples=examples(80))
@given(st.dictionaries(names, st.binary(max_size=2000), min_size=1, max_size=6), st.booleans())
def test_what_is_packed_comes_out_or_is_refused_whole(tmp_path_factory, files, stored):
    folder = tmp_path_factory.mktemp("archive")
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(folder / "a.zip", "w", method) as archive:
        for name, content in files.items():
            archive.writestr("top/" + name, content)
    try:
        root = unpack(folder / "a.zip", folder / "out")
    except InvalidPackage:
        assert [path.name for path in folder.iterdir()] == ["a.zip"]
        return
    found = {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    assert found.items() <= files.items()


@settings(
    max_examples=examples(200),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_mutated_archives_never_escape_nor_crash(make_zip, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("mutated")
    mutated = bytearray(make_zip(*SOUND, ("top/é", "x" * 500)).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    (folder / "a.zip").write_bytes(mutated)
    try:
        unpack(folder / "a.zip", folder / "out")
    except InvalidPackage:
        assert [path.name for path in folder.iterdir()] == ["a.zip"]
    assert {path.name for path in folder.iterdir()} <= {"a.zip", "out"}


def test_hash_is_the_same_for_folder_and_archive(make_zip, make_folder):
    folder = make_folder({"main.py": "print()", "data/x.csv": "a,b\n1,2\n", "x.pyc": "litter"})
    assert content_hash(attempt(make_zip(*SOUND))) == content_hash(folder)


def test_hash_changes_with_names_and_bytes(make_folder):
    hashes = {
        content_hash(make_folder(files, name))
        for name, files in {
            "a": {"x": "1"},
            "b": {"x": "2"},
            "c": {"y": "1"},
            "d": {"x": "1", "y": ""},
        }.items()
    }
    assert len(hashes) == 4


def test_hash_is_the_documented_one(make_folder):
    folder = make_folder({"main.py": "print()", "data/é": "1,2\n"})
    by_hand = hashlib.sha256()
    for name, text in (("data/é", "1,2\n"), ("main.py", "print()")):
        encoded, digest = name.encode(), hashlib.sha256(text.encode()).digest()
        by_hand.update(struct.pack(">I", len(encoded)) + encoded + digest)
    assert content_hash(folder) == by_hand.hexdigest()


@pytest.mark.parametrize(
    ("packed", "unpacked"),
    [
        ("fläche.csv".encode(), "fläche.csv"),
        ("データ.csv".encode(), "データ.csv"),
        ("fläche.csv".encode("cp437"), "fläche.csv"),
        ("データ.csv".encode("cp932"), "データ.csv".encode("cp932").decode("cp437")),
        ("表.csv".encode("cp932"), "表.csv"),
        ("ソーラー/能力表.csv".encode("cp932"), "ソーラー/能力表.csv"),
        ("功能.csv".encode("big5"), None),
    ],
)
def test_name_in_an_encoding_that_the_archive_does_not_say(make_zip, packed, unpacked):
    plain = "x" * len(packed)
    archive = make_zip((plain, "1"), ("main.py", ""))
    archive.write_bytes(archive.read_bytes().replace(plain.encode(), packed))
    found = {
        path.relative_to(archive.parent / "out").as_posix() for path in attempt(archive).rglob("*")
    }
    assert len([name for name in found if name.endswith(".csv")]) == 1
    assert unpacked is None or unpacked in found


def test_backslash_that_is_no_part_of_a_letter_is_refused(make_zip):
    archive = make_zip(("xx\\a.csv", "1"))
    archive.write_bytes(archive.read_bytes().replace(b"xx\\", b"\x84 \\"))
    with pytest.raises(InvalidPackage, match="backslash"):
        attempt(archive)
