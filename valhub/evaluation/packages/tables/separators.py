"""Tables whose columns are separated by something else than commas."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from valhub.evaluation.packages.faults import FaultList

_SAMPLE = 50
_SAMPLE_LETTERS = 1 << 16
_OTHERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
# Spreadsheets write such a line above the header.
_DECLARATION = "sep="


def note_separator(lines: Iterable[str], file: str, faults: FaultList) -> bool:
    """Note one fault when the first lines show another separator.

    Parameters
    ----------
    lines : iterable of str
        Of a table, from its first line.
    file : str
        Its path inside the package.
    faults : FaultList
        Takes note, with the first line that has the separator.

    Returns
    -------
    bool
        Whether it did.
    """
    sample = [line.rstrip("\r\n") for line in islice(lines, _SAMPLE)]
    texts = [line for line in sample if line.strip() and not line.startswith(_DECLARATION)]
    other = next((mark for mark in _OTHERS if _separates(mark, texts)), None)
    if other is None:
        return False
    problem = f"The columns are separated by {_OTHERS[other]}."
    fix = "Separate them with commas."
    if any("," in line for line in texts):
        fix = "Separate them with commas, and write decimal points instead of decimal commas."
    line = next(number for number, text in enumerate(sample, start=1) if other in text)
    faults.add(problem, fix, file=file, line=line)
    return True


def first_lines(path: Path) -> list[str]:
    """Read the lines of a file in UTF-8 that `note_separator` looks at."""
    with path.open(encoding="utf-8-sig", newline=None) as stream:
        return stream.read(_SAMPLE_LETTERS).split("\n")[:_SAMPLE]


def _separates(mark: str, lines: Sequence[str]) -> bool:
    """Return whether most lines have the mark equally often, and before any comma.

    Commas may be decimal ones, and a text after a comma may have any mark.
    """
    bare = ["".join(line.split('"')[::2]) for line in lines]
    counts = Counter(line.count(mark) for line in bare if mark in line)
    if not counts:
        return False
    usual, agreeing = counts.most_common(1)[0]
    alike = [line for line in bare if line.count(mark) == usual]
    early = sum(mark in line.split(",", 1)[0] for line in alike)
    return agreeing * 2 > len(lines) and (early * 2 > len(alike) or "," not in alike[0])
