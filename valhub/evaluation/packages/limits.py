"""How large a package or an algorithm may be, and how many of anything it may have.

Real ones stay far below. Whatever is checked costs time and memory in proportion to its number, so
that these caps bound the check as well.
"""

from dataclasses import dataclass

_MIB = 1024 * 1024
_GIB = 1024 * _MIB

LEAST_MEMORY_BYTES = 64 * _MIB
"""Memory per file below which nothing starts: Python with NumPy and pandas takes some 50 MiB."""

MOST_NAMES = 200
"""Entries of a list in `config.json`."""

MOST_KEYS = 1_000
"""Entries of an object in `config.json`, and numbers that a task computes."""

MOST_DATA_COLUMNS = 2_000
"""Columns of a data file; readers take 150 kB for each, however few its rows are."""

MOST_VALUES = 100_000_000
"""Values of a data file, with its time stamps: rows times columns."""

UNFOLDED_FREELY_BYTES = 128 * _MIB
"""What any Parquet file may unfold to; a larger one up to 200 times its own size."""

UNFOLDED_RATIO = 200
"""Unfolded bytes for each byte of a Parquet file."""

MOST_UNFOLDED_BYTES = _GIB
"""What no Parquet file may exceed."""

MOST_TABLE_COLUMNS = 1_000
"""Columns of a metadata table."""

MOST_TABLE_CELLS = 2_000_000
"""Cells of a metadata table: rows times columns."""

MOST_REQUIREMENTS = 1_000
"""Lines of a `requirements.txt`."""

MOST_LINE_CHARACTERS = 1_000
"""Characters of one of these lines."""

MOST_PARAMETERS = 200
"""Parameters of the function that is called."""

# Python 3.11 parses the fields of an f-string in a time that grows with their square.
MOST_BRACES = 30_000
"""Opening braces in a Python file that has f-strings."""

MOST_SOURCE_BYTES = 4 * _MIB
"""Source of all modules in which a function is looked for, together."""


@dataclass(frozen=True)
class ArchiveLimits:
    """Limits on what an archive unpacks to, or a folder holds.

    Attributes
    ----------
    files : int
        Entries, folders among them.
    total_bytes : int
        Bytes of all files together, unpacked.
    ratio : int
        Largest unpacked size per packed byte of one file.
    ratio_from_bytes : int
        Files up to this size may have any ratio: text compresses well and harms nobody.
    tar : bool
        Whether a .tar or .tar.gz is unpacked, too.
    """

    files: int = 4096
    total_bytes: int = _GIB
    ratio: int = 200
    ratio_from_bytes: int = _MIB
    tar: bool = False

    def too_many_files(self) -> tuple[str, str]:
        """Say that there are too many files, and how to fix it."""
        return (
            f"There are more than {self.files:,} files and folders.",
            "Remove some; leave out environments such as .venv, and .git.",
        )

    def too_many_bytes(self, total: int) -> tuple[str, str]:
        """Say that the files are too large together, and how to fix it."""
        allowed = f"at most {self.total_bytes / _MIB:,.0f} MiB are allowed"
        return (
            f"The files have {total / _MIB:,.0f} MiB in total; {allowed}.",
            "Remove or shrink some.",
        )


ALGORITHM_LIMITS = ArchiveLimits()
PACKAGE_LIMITS = ArchiveLimits(files=50_000, total_bytes=64 * _GIB, tar=True)
