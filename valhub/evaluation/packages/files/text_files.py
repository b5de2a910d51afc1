"""Small text files of a package (configuration, tables, source, requirements), read with care.

Everything here is UTF-8, with or without a byte order mark, and has a size limit, because it is
held in memory and comes from untrusted authors.
"""

from pathlib import Path

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.file_kinds import HEAD_BYTES, note_other_kind

MIB = 1024 * 1024


def read_text(
    path: Path,
    faults: FaultList,
    *,
    file: str,
    limit_bytes: int = MIB,
    encoding: str = "utf-8-sig",
) -> str | None:
    """Read a UTF-8 file, with the line ends of any system.

    Parameters
    ----------
    path : Path
        The file; it exists.
    faults : FaultList
        Takes note of a file that is too large, not UTF-8, or of another kind, such as a
        spreadsheet.
    file : str
        The path inside the package, for the faults.
    limit_bytes : int
        The largest size that is read.
    encoding : str
        Another encoding, where the format lets a file declare one.

    Returns
    -------
    str or None
        None when a fault was noted.
    """
    with path.open("rb") as stream:
        data = stream.read(limit_bytes + 1)
    if note_other_kind(data[:HEAD_BYTES], file, faults):
        return None
    if len(data) > limit_bytes:
        faults.add(
            f"The file is larger than {limit_bytes / MIB:g} MiB.",
            "Move data out of it into separate files.",
            file=file,
        )
        return None
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        faults.add("The file is not UTF-8 text.", "Save it as UTF-8.", file=file, line=line)
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")
