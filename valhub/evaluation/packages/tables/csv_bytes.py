"""What the bytes of a CSV file show before any of them is parsed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from valhub.evaluation.packages.faults import FaultList

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Marks:
    """The bytes that a plain file of numbers does not have; fast to find.

    Attributes
    ----------
    nul : bool
        Whether there are NUL bytes.
    quotes : int
        Quotation marks.
    lines : int
        Physical lines; counted only where there are quotation marks.
    returns : int
        Carriage returns that no line feed follows, in a file that has line feeds.
    """

    nul: bool
    quotes: int
    lines: int
    returns: int

    def may_hide_rows(self, rows: int) -> bool:
        """Return whether a quotation mark without its partner can have swallowed rows."""
        return self.quotes > 0 and (self.quotes % 2 == 1 or self.lines != rows + 1)


def marks_of(path: Path) -> Marks:
    """Look at all bytes of a file once, a block at a time."""
    nul, quotes, returns, pairs = False, 0, 0, 0
    last = b""
    for block in _blocks(path):
        nul = nul or b"\0" in block
        # Finding none is many times as fast as counting none.
        quotes += block.count(b'"') if b'"' in block else 0
        returns += block.count(b"\r") if b"\r" in block else 0
        if returns:
            pairs += block.count(b"\r\n") + (last == b"\r" and block.startswith(b"\n"))
        last = block[-1:]
    feeds = _count(path, b"\n") if quotes or returns > pairs else 0
    unfinished = last not in (b"", b"\n")
    return Marks(nul, quotes, feeds + unfinished, returns - pairs if feeds else 0)


def byte_faults(path: Path, file: str, faults: FaultList) -> bool:
    """Note a file that is empty, is not UTF-8, or has NUL bytes or stray carriage returns.

    Returns
    -------
    bool
        Whether any was noted.
    """
    problems = (_emptiness, _encoding, _nul_bytes, _line_ends)
    for find in problems:
        found = find(path)
        if found is not None:
            line, problem, fix = found
            faults.add(problem, fix, file=file, line=line)
            return True
    return False


def undecodable_line(path: Path) -> int | None:
    """Return the first line that is not UTF-8."""
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode("utf-8-sig")
            except UnicodeDecodeError:
                return number
    return None


_Found = tuple[int | None, str, str]


def _emptiness(path: Path) -> _Found | None:
    if any(block.strip(b" \t\r\n,;\xef\xbb\xbf") for block in _blocks(path)):
        return None
    return None, "The file is empty.", "Add the data, or remove the file."


def _encoding(path: Path) -> _Found | None:
    line = undecodable_line(path)
    return None if line is None else (line, "The file is not UTF-8 text.", "Save it as UTF-8.")


def _nul_bytes(path: Path) -> _Found | None:
    lines = [number for number, line in _lines(path) if b"\0" in line]
    if not lines:
        return None
    more = f", and so do {len(lines) - 1:,} more lines" if len(lines) > 1 else ""
    problem = f"The line has NUL bytes{more}, as loggers write when they lose power."
    return lines[0], problem, "Remove the row, or write it again."


def _line_ends(path: Path) -> _Found | None:
    """Find carriage returns that are neither all line ends nor part of one."""
    if not _count(path, b"\n"):
        return None
    lines = [number for number, line in _lines(path) if _has_stray_return(line)]
    if not lines:
        return None
    more = f", and so do {len(lines) - 1:,} more lines" if len(lines) > 1 else ""
    problem = f"The line has a carriage return (CR) that does not end it with CR LF{more}."
    return lines[0], problem, "Save the file with one kind of line end, LF or CR LF."


def _has_stray_return(line: bytes) -> bool:
    text = line.removesuffix(b"\n").removesuffix(b"\r")
    return b"\r" in text and b'"' not in text


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as stream:
        yield from enumerate(stream, start=1)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            yield block


def _count(path: Path, byte: bytes) -> int:
    return sum(block.count(byte) for block in _blocks(path))
