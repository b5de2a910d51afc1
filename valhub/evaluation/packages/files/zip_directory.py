"""A .zip's table of contents, read with suspicion.

Nothing is unpacked here. Python's `zipfile` parses the table; every claim it makes about names,
modes, places and sizes is checked here against the limits, the other members and the header in
front of each member's bytes.
"""

import errno
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.file_kinds import HEAD_BYTES, not_a_zip
from valhub.evaluation.packages.files.left_out import LeftOut
from valhub.evaluation.packages.files.member_names import NameTree, name_problems, shown
from valhub.evaluation.packages.limits import ArchiveLimits

_END = struct.Struct("<4s4H2LH")
_END_64_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCAL = struct.Struct("<4s5H3L2H")
_MAX_COMMENT = 0xFFFF
_ABSENT_32 = 0xFFFFFFFF
# A table entry is 46 bytes, the name, and a few extra fields.
_ENTRY_BYTES = 512
_UTF8, _ENCRYPTED, _SIZES_FOLLOW = 0x800, 0x1 | 0x40 | 0x2000, 0x8
_REPACK = "Pack the archive again."
_METHODS = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "zstd", 95: "xz", 98: "PPMd"}
_UNICODE_PATH = 0x7075
_EAST_ASIAN = ("cp932", "gbk", "big5")
# So many members with one and the same fault are listed; the others are counted.
_MOST_ALIKE = 20


@dataclass(frozen=True)
class Member:
    """One file or folder in an archive, whose claims hold together.

    Attributes
    ----------
    start, end : int
        Where its packed bytes lie in the archive.
    size, crc : int
        What unpacking them must give.
    """

    name: str
    is_folder: bool
    deflated: bool
    start: int
    end: int
    size: int
    crc: int


def read_members(
    file: IO[bytes], limits: ArchiveLimits, faults: FaultList, *, name: str = ""
) -> list[Member]:
    """Read and check the table of contents.

    Parameters
    ----------
    file : binary file
        The whole archive, seekable.
    limits : ArchiveLimits
        How much it may hold.
    faults : FaultList
        Takes note of everything wrong; its notes, of folders that are left out.
    name : str, optional
        The file's name, which shows what was meant when it is no .zip.

    Returns
    -------
    list of Member
        Those without a fault of their own and not ignored; empty when the archive as a whole is
        unreadable or too large.
    """
    try:
        if not _table_fits(file, limits):
            faults.add(*limits.too_many_files())
            return []
        archive = zipfile.ZipFile(file)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        OverflowError,
        struct.error,
        ValueError,
    ) as error:
        faults.add(*_unreadable(file, name, str(error)))
        return []
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise  # The disk failed, and not the archive.
        faults.add("It is not a readable .zip archive (it is truncated).", _REPACK)
        return []
    if _has_something_in_front(archive):
        faults.add(
            "There is something in front of the archive, such as another archive.",
            "Pack all files into one archive.",
        )
        return []
    names = {id(info): _name(info) for info in archive.infolist()}
    left_out = LeftOut(names.values())
    kept = [info for info in archive.infolist() if not left_out.covers(names[id(info)])]
    left_out.note(faults)
    if len(kept) > limits.files:
        faults.add(*limits.too_many_files())
        return []
    total = sum(info.file_size for info in kept)
    if total > limits.total_bytes:
        faults.add(*limits.too_many_bytes(total))
    if not names:
        faults.add("The archive is empty.", "Pack the files into it.")
    members = _checked_members(file, archive, kept, limits, faults)
    return members if total <= limits.total_bytes else []


def _has_something_in_front(archive: zipfile.ZipFile) -> bool:
    """Whether there are bytes before the archive's own, which readers ignore.

    Of two archives in one file they take the second, and the first is lost without a word.
    """
    begin = min((info.header_offset for info in archive.infolist()), default=0)
    is_inside = 0 < begin < archive.start_dir
    return is_inside or (archive.start_dir > 0 and not archive.infolist())


def _unreadable(file: IO[bytes], name: str, reason: str) -> tuple[str, str]:
    file.seek(0)
    instead = not_a_zip(file.read(HEAD_BYTES), name)
    if instead:
        return f"It {instead[0]}.", instead[1]
    return f"It is not a readable .zip archive ({reason}).", _REPACK


def _name(info: zipfile.ZipInfo) -> str:
    """Give a member's name as it counts: its Unicode form if it has one, without `./` in front.

    `filename` ends at the first NUL; `orig_filename` is what the archive says.
    """
    name = _unicode_name(info) or _unmarked_name(info)
    # bsdtar, the `tar` of Windows and macOS, writes ./ before every name.
    return name.removeprefix("./")


def _unicode_name(info: zipfile.ZipInfo) -> str | None:
    """Read the field in which packers write the UTF-8 form of a name that has another encoding."""
    if info.flag_bits & _UTF8:
        return None
    extra = info.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<2H", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        # The checksum of the plain name shows whether somebody renamed it since.
        if kind == _UNICODE_PATH and len(field) == size > 5 and field[0] == 1:
            checksum = zlib.crc32(info.orig_filename.encode("cp437"))
            if struct.unpack_from("<L", field, 1)[0] == checksum:
                return field[5:].decode("utf-8", "replace")
    return None


def _unmarked_name(info: zipfile.ZipInfo) -> str:
    """Decode a name whose encoding the archive does not say, which `zipfile` takes for IBM's 437.

    macOS writes UTF-8 without its mark. East Asian encodings have letters that end with the byte
    of a backslash; where taking one of them leaves no backslash, it is the right one to take.
    """
    name = info.orig_filename
    if info.flag_bits & _UTF8 or name.isascii():
        return name
    plain = name.encode("cp437")
    for encoding in ("utf-8", *(_EAST_ASIAN if "\\" in name else ())):
        with suppress(UnicodeDecodeError):
            decoded = plain.decode(encoding)
            if "\\" not in decoded:
                return decoded
    return name


def _table_fits(file: IO[bytes], limits: ArchiveLimits) -> bool:
    """Return whether the table may be read: `zipfile` holds all of it in memory."""
    size = file.seek(0, 2)
    start = max(0, size - _END.size - _MAX_COMMENT)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    # A comment may hold the mark as well; an end without a comment is the one that counts.
    if tail[-_END.size :].startswith(b"PK\x05\x06") and tail.endswith(b"\0\0"):
        at = len(tail) - _END.size
    if at < 0:
        raise zipfile.BadZipFile("it has no table of contents, or is truncated")
    table_bytes: int = _END.unpack_from(tail, at)[5]
    locator_at = start + at - _END_64_LOCATOR.size
    if locator_at >= _END_64.size:
        # The 64-bit record lies just before its locator.
        file.seek(locator_at - _END_64.size)
        record = file.read(_END_64.size + _END_64_LOCATOR.size)
        if record[_END_64.size :].startswith(b"PK\x06\x07"):
            table_bytes = max(table_bytes % _ABSENT_32, _END_64.unpack_from(record)[8])
    return table_bytes <= limits.files * _ENTRY_BYTES


def _checked_members(
    file: IO[bytes],
    archive: zipfile.ZipFile,
    kept: list[zipfile.ZipInfo],
    limits: ArchiveLimits,
    faults: FaultList,
) -> list[Member]:
    tree, members, ends = NameTree(), [], 0
    alike: Counter[tuple[str, str]] = Counter()
    for info in sorted(kept, key=lambda info: info.header_offset):
        name = _name(info)
        if not name and info.orig_filename == "./":
            continue
        problems = [*_claim_problems(info, limits), *_name_problems(name, tree)]
        member = _located(file, info, before=archive.start_dir)
        if isinstance(member, str):
            problems.append((member, _REPACK))
        else:
            if info.header_offset < ends:
                problems.append(("Its bytes overlap those of another file.", _REPACK))
            if member.end > archive.start_dir:
                problems.append(("Its bytes run into the table of contents.", _REPACK))
            ends = max(ends, member.end)
            if not problems:
                members.append(member)
        for problem, fix in problems:
            alike[problem, fix] += 1
            if alike[problem, fix] <= _MOST_ALIKE:
                faults.add(problem, fix, file=shown(name))
    for (problem, fix), count in alike.items():
        if count > _MOST_ALIKE:
            faults.add(f"{count - _MOST_ALIKE:,} more files have this fault: {problem}", fix)
    return members


def _name_problems(name: str, tree: NameTree) -> Iterator[tuple[str, str]]:
    plain = name[:-1] if name.endswith("/") and name != "/" else name
    yield from name_problems(plain)
    yield from tree.add(plain, is_folder=name.endswith("/"))


def _claim_problems(info: zipfile.ZipInfo, limits: ArchiveLimits) -> Iterator[tuple[str, str]]:
    kind = stat.S_IFMT(info.external_attr >> 16)
    is_folder = info.orig_filename.endswith("/")
    if kind == stat.S_IFLNK:
        yield "It is a symbolic link.", "Pack the file itself."
    elif kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        yield "It is a device, pipe or socket.", "Leave it out."
    elif kind and (kind == stat.S_IFDIR) != is_folder:
        yield "It is marked as a file and as a folder.", _REPACK
    if is_folder and info.file_size:
        yield "It is a folder with content of its own.", _REPACK
    if info.flag_bits & _ENCRYPTED:
        yield "It is encrypted.", "Pack it without a password."
    elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        method = _METHODS.get(info.compress_type, f"method {info.compress_type}")
        yield f"It uses an unsupported compression ({method}).", 'Pack it with the usual "deflate".'
    if info.compress_type == zipfile.ZIP_STORED and info.file_size != info.compress_size:
        yield "Its sizes contradict each other.", _REPACK
    if info.file_size > limits.ratio_from_bytes and (
        info.file_size > limits.ratio * max(info.compress_size, 1)
    ):
        yield (
            f"It unpacks to more than {limits.ratio} times its size.",
            "Pack real data; a file this repetitive looks like an attack.",
        )


def _located(file: IO[bytes], info: zipfile.ZipInfo, *, before: int) -> Member | str:
    """Find a member's bytes, or say how the header in front of them contradicts the table."""
    # The offset is a claim of 64 bits: a file has no such places, and seeking them would raise.
    if not 0 <= info.header_offset < before:
        return "Its offset lies outside the archive."
    file.seek(info.header_offset)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(b"PK\x03\x04"):
        return "Its header is missing."
    _, _, flags, method, _, _, crc, packed, size, name_bytes, extra_bytes = _LOCAL.unpack(header)
    encoding = "utf-8" if info.flag_bits & _UTF8 else "cp437"
    if file.read(name_bytes) != info.orig_filename.encode(encoding):
        return "Its headers disagree about its name."
    if method != info.compress_type or (flags ^ info.flag_bits) & _ENCRYPTED:
        return "Its headers disagree about its compression."
    claims = ((crc, info.CRC), (packed, info.compress_size), (size, info.file_size))
    if not flags & _SIZES_FOLLOW and any(here not in (there, _ABSENT_32) for here, there in claims):
        return "Its headers disagree about its size."
    start = info.header_offset + _LOCAL.size + name_bytes + extra_bytes
    return Member(
        name=_name(info).rstrip("/"),
        is_folder=info.orig_filename.endswith("/"),
        deflated=method == zipfile.ZIP_DEFLATED,
        start=start,
        end=start + info.compress_size,
        size=info.file_size,
        crc=info.CRC,
    )
