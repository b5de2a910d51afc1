"""Archives: packed with odd names and attributes, and changed in the fields of their structure."""

import io
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Callable, Mapping

from tests.fuzz.odd_values import Dice

Files = Mapping[str, bytes]
NAMES = (
    "../a.csv", "/a.csv", "C:\\a.csv", "a\\b.csv", "a:b", "a ", "a.", "con", "nul.csv", "a//b", ".",
    "..", "./a.csv", "data/../b", "data", "data/", "DATA/files/a.csv", "config.JSON", "é.csv",
    "e\u0301.csv", "\u202eabc", "a\0b", "a\nb", "x" * 300, "/".join("x" * 200), "x/" * 3000, "",
    "__MACOSX/._a", ".DS_Store", "Thumbs.db", ".git/HEAD", "data/files/.gitkeep", "README.md",
)  # fmt: skip
METHODS = (0, 1, 8, 9, 12, 14, 93, 95, 98, 99, 65535)
# Offset and size of each number in the two kinds of header, and in the record at the end.
FIELDS = {
    b"PK\x03\x04": ((4, 2), (6, 2), (8, 2), (10, 4), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2)),
    b"PK\x01\x02": (
        (4, 2), (6, 2), (8, 2), (10, 2), (12, 4), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2),
        (32, 2), (34, 2), (36, 2), (38, 4), (42, 4),
    ),
    b"PK\x05\x06": ((4, 2), (6, 2), (8, 2), (10, 2), (12, 4), (16, 4), (20, 2)),
}  # fmt: skip


def pack(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Pack files, without the time of day."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return packed.getvalue()


def mutate_archive(dice: Dice, files: Files) -> bytes:
    """Pack files into a changed archive."""
    with warnings.catch_warnings(action="ignore"):  # of names that come twice
        content = dice.choice(WAYS)(dice, files)
    return dice.damaged(content) if dice.chance(0.1) else content


def damaged(dice: Dice, files: Files) -> bytes:
    return dice.damaged(pack(files))


def other_fields(dice: Dice, files: Files) -> bytes:
    """Write other numbers into one or two headers."""
    content = bytearray(pack(files, dice.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])))
    for _ in range(dice.choice([1, 1, 2, 4])):
        magic = dice.choice(sorted(FIELDS))
        places = [at for at in range(len(content)) if content.startswith(magic, at)]
        if not places:
            continue
        offset, size = dice.choice(FIELDS[magic])
        at, most = dice.choice(places) + offset, 256**size - 1
        old = int.from_bytes(content[at : at + size], "little")
        odd = (0, 1, most, most // 2, old + 1, old - 1, 1 << dice.randrange(8 * size))
        number = dice.choice([*odd, *METHODS, dice.randrange(most)]) & most
        content[at : at + size] = number.to_bytes(size, "little")
    return bytes(content)


def odd_names(dice: Dice, files: Files) -> bytes:
    """Add members under odd names, rename all, or give one a name that is no text."""
    packed = io.BytesIO()
    top = dice.choice(["", "", "package/", "a/b/c/", "./", "\u202e/", "é/"])
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(top + name), content)
        for _ in range(dice.choice([1, 1, 5])):
            info = zipfile.ZipInfo("placeholder")
            info.filename = (
                dice.choice([*NAMES, *files, dice.text()]).encode(errors="replace").decode()
            )
            info.external_attr = dice.choice([0, 0o120777, 0o040755, 0o060644, 0o104755]) << 16
            archive.writestr(info, dice.choice([b"", b"../../etc/passwd", b"a,b\n1,2\n"]))
    content = packed.getvalue()
    return content.replace(b"placeholder", b"\xff\xfeaceholder") if dice.chance(0.3) else content


def wrapped(dice: Dice, files: Files) -> bytes:
    """Make another kind of archive of it, or put something around it."""
    content = pack(files)
    tarred = io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text))
    return dice.choice([
        pack({"mine.zip": content}), pack({"a/mine.zip": content, "a/README.md": b"x"}),
        tarred.getvalue(), b"#!/bin/sh\n" + content, content + b"\n", content + content,
        b"Rar!\x1a\x07\x01\x00" + content, b"7z\xbc\xaf\x27\x1c" + content, b"\x1f\x8b" + content,
        b"", content[:4], b"PK\x05\x06" + bytes(18), b"<html>404</html>",
    ])  # fmt: skip


def bomb(dice: Dice, files: Files) -> bytes:
    """Make a small archive of very much: zeros, members, folders, or the same bytes many times."""
    kind = dice.randrange(4)
    if kind == 0:
        return pack({**files, "zeros.csv": bytes(dice.choice([2, 30]) * 1024**2)})
    if kind == 1:
        return pack({**files, **{f"m/{number}": b"" for number in range(dice.choice([99, 6000]))}})
    if kind == 2:
        return pack({**files, "/".join("d" for _ in range(dice.choice([20, 500, 20_000]))): b"x"})
    content = pack({"a": b"x" * 10_000})
    start, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entries = content[start:end] * (many := dice.choice([2, 3000]))
    record = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, many, many, len(entries), start, 0)
    return content[:start] + entries + record


WAYS: tuple[Callable[[Dice, Files], bytes], ...] = (
    damaged, other_fields, other_fields, other_fields, odd_names, odd_names, wrapped, bomb,
)  # fmt: skip
