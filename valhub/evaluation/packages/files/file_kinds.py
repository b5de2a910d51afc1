"""What a file is by its first bytes, whatever its name says.

A handful of signatures, each one long enough that no text begins with it by chance: what people
send instead of a .zip, a table or a text. Nothing is unpacked, apart from the first block of a
gzip file, which shows whether a .tar is inside.
"""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from valhub.evaluation.packages.faults import FaultList

HEAD_BYTES = 4096
_TAR_BLOCK = 512
_AS_ZIP = "Pack the files as a .zip."
_AS_TABLE = "Save it as CSV or Parquet."
_AS_UTF8 = "Save it as UTF-8."
_UNPACK = "Unpack it."
_MAIN_FILE = "submission_wrapper.py (or main.py for a script package)"


@dataclass(frozen=True)
class FileKind:
    """What a file is.

    Attributes
    ----------
    name : str
        With its article, such as "a RAR archive".
    fix : str
        What to do where a table or a text is expected.
    is_packed : bool
        Whether other files are packed in it.
    as_zip : str
        What to do where a .zip is expected.
    """

    name: str
    fix: str
    is_packed: bool = False
    as_zip: str = _AS_ZIP


GZIP = FileKind("packed with gzip", _UNPACK, is_packed=True)
TAR_GZ = FileKind("a .tar.gz archive", _UNPACK, is_packed=True)
TAR = FileKind("a .tar archive", _UNPACK, is_packed=True)
ZIP = FileKind("a .zip archive", _UNPACK, is_packed=True)
PARQUET = FileKind("a Parquet file", "Name it .parquet.")
_OFFICE = FileKind("a spreadsheet or another office document", "Save it as CSV (UTF-8).")
_LFS = FileKind(
    "a Git LFS pointer and not the file itself",
    "Run `git lfs pull`, then pack again.",
    as_zip="Run `git lfs pull`, then send the file itself.",
)
_UTF16 = FileKind("UTF-16 text, not UTF-8", _AS_UTF8)
_PAGE = FileKind(
    "a web page",
    "Download the file itself.",
    as_zip="Download the file itself.",
)


_NOTEBOOK = FileKind(
    "a notebook",
    "Save its code as a Python file.",
    as_zip=f"Save its code as {_MAIN_FILE}, and pack that as a .zip.",
)


def _packed(name: str) -> FileKind:
    return FileKind(name, _UNPACK, is_packed=True)


_SIGNATURES: tuple[tuple[bytes, FileKind], ...] = (
    (rb"7z\xbc\xaf\x27\x1c", _packed("a 7z archive")),
    (rb"Rar!\x1a\x07", _packed("a RAR archive")),
    (rb"BZh[1-9](1AY&SY|\x17\x72\x45\x38\x50\x90)", _packed("packed with bzip2 (.tar.bz2, .bz2)")),
    (rb"\xfd7zXZ\x00", _packed("packed with xz (.tar.xz, .xz)")),
    (rb"\x28\xb5\x2f\xfd", _packed("packed with zstd")),
    (rb"\x04\x22\x4d\x18", _packed("packed with lz4")),
    (rb"\x1f\x9d", _packed("packed with compress (.Z)")),
    (rb"MSCF\x00{4}", _packed("a .cab archive")),
    (rb"PK\x03\x04.{26}(\[Content_Types\]\.xml|_rels/|docProps/|xl/)", _OFFICE),
    (rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis\.opendocument", _OFFICE),
    (rb"PK(\x03\x04|\x05\x06)", ZIP),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OFFICE),
    (rb"PAR1.{0,60}[\x00-\x08]", PARQUET),
    (rb"ARROW1\x00\x00", FileKind("an Arrow or Feather file", _AS_TABLE)),
    (rb"\x89HDF\r\n\x1a\n", FileKind("an HDF5 file", _AS_TABLE)),
    (rb"CDF[\x01\x02\x05]", FileKind("a NetCDF file", _AS_TABLE)),
    (rb"\x93NUMPY", FileKind("a NumPy file", _AS_TABLE)),
    (rb"\x80[\x02-\x05]", FileKind("a pickle", _AS_TABLE)),
    (rb"SQLite format 3\x00", FileKind("an SQLite database", _AS_TABLE)),
    (rb"MATLAB 5\.0 MAT-file", FileKind("a MATLAB file", _AS_TABLE)),
    (rb"%PDF-", FileKind("a PDF document", _AS_TABLE)),
    (rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a", FileKind("an image", _AS_TABLE)),
    (rb"MZ.{0,60}\x00", FileKind("a Windows program", _AS_TABLE)),
    (rb"version https://git-lfs\.github\.com/spec/", _LFS),
    (rb"(\xef\xbb\xbf)?\s*<(!doctype html|html)[\s>]", _PAGE),
    (rb"\s*\{\s*\"cells\"\s*:\s*\[\s*(\{\s*\"(attachments|cell_type)\"|\])", _NOTEBOOK),
    (rb"\xff\xfe\x00\x00|\x00\x00\xfe\xff", FileKind("UTF-32 text, not UTF-8", _AS_UTF8)),
    (rb"\xff\xfe|\xfe\xff", _UTF16),
    # Without a byte order mark, the zeros between the letters show it.
    (rb"(?:[\t\n\r -~]\x00){8}|(?:\x00[\t\n\r -~]){8}", _UTF16),
)
_KINDS: tuple[tuple[Callable[[bytes], re.Match[bytes] | None], FileKind], ...] = tuple(
    (re.compile(pattern, re.DOTALL | re.IGNORECASE if kind is _PAGE else re.DOTALL).match, kind)
    for pattern, kind in _SIGNATURES
)


def kind_of(head: bytes) -> FileKind | None:
    """Recognise a file.

    Parameters
    ----------
    head : bytes
        Its first bytes, at most `HEAD_BYTES`.

    Returns
    -------
    FileKind or None
        None for plain text, and for what nobody sends by mistake.
    """
    if head.startswith(b"\x1f\x8b"):
        return TAR_GZ if _is_tar(_first_block(head)) else GZIP
    if _is_tar(head):
        return TAR
    return next((kind for matches, kind in _KINDS if matches(head)), None)


def read_head(path: Path) -> bytes:
    """Read a file's first bytes, as `kind_of` takes them."""
    with path.open("rb") as stream:
        return stream.read(HEAD_BYTES)


def note_other_kind(
    head: bytes, file: str, faults: FaultList, *, wanted: FileKind | None = None
) -> bool:
    """Note that a table or a text is a file of another kind.

    Parameters
    ----------
    head : bytes
        Its first bytes.
    file : str
        Its path inside the package.
    faults : FaultList
        Takes note of it.
    wanted : FileKind, optional
        The kind that is right; plain text by default.

    Returns
    -------
    bool
        Whether there was anything to note.
    """
    kind = kind_of(head)
    if kind is None or kind is wanted:
        return False
    faults.add(f"The file is {kind.name}.", kind.fix, file=file)
    return True


def not_a_zip(head: bytes, name: str) -> tuple[str, str] | None:
    """Say what was sent instead of a .zip, as "is …", and how to fix it; None when unknown."""
    kind = kind_of(head) or (_NOTEBOOK if name.lower().endswith(".ipynb") else None)
    if kind is ZIP:
        return None
    if kind is not None:
        return f"is {kind.name}, not a .zip archive", kind.as_zip
    if name.lower().endswith(".py"):
        return (
            "is a single Python file, not a .zip archive",
            f"Name it {_MAIN_FILE}, and pack it as a .zip.",
        )
    return None


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar" and b"\0" in head[:157]


def _first_block(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _TAR_BLOCK)
    except zlib.error:
        return b""
