"""How large a package or an algorithm may be."""

from dataclasses import dataclass

_MIB = 1024 * 1024
_GIB = 1024 * _MIB


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
    """

    files: int = 4096
    total_bytes: int = _GIB
    ratio: int = 200
    ratio_from_bytes: int = _MIB

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
PACKAGE_LIMITS = ArchiveLimits(files=50_000, total_bytes=64 * _GIB)
