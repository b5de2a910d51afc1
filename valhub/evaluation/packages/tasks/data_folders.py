"""The two folders of files in a task package: the data, and the truth.

The earlier hub's packages call them otherwise, and a file system may write an accented name in
another Unicode form than the file table does; both are found here.
"""

import unicodedata
from pathlib import Path

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.folders import file_names
from valhub.evaluation.packages.tables.frames import SUFFIXES

FILES = ("data/files", "data/file_data")
REFERENCES = (
    "data/references",
    "data/validation_data",
    "data/ground-truth",
    "data/ground_truth",
)


class DataFolder:
    """One of a package's folders of files.

    Attributes
    ----------
    place : str
        Its path inside the package: the first of its possible names that exists.
    path : Path
    names : tuple of str
        The files in it, below folders too; without litter.
    """

    def __init__(self, root: Path, choices: tuple[str, ...], faults: FaultList) -> None:
        found = [place for place in choices if (root / place).is_dir()]
        self.place = found[0] if found else choices[0]
        self.path = root / self.place
        if len(found) > 1:
            problem = f"{self.place} and {found[1]} both exist, and both are for the same files."
            faults.add(problem, "Keep one of them.", file=found[1])
        self.names = tuple(file_names(self.path)) if found else ()
        self._spelt = {same_spelling(name): name for name in self.names}
        # Endings are read in any case.
        self._plain = {_with_small_ending(name): path for name, path in self._spelt.items()}
        self._caseless = {name.casefold(): name for name in self._spelt.values()}

    @property
    def has_tables(self) -> bool:
        """Whether any file in it is called as data is."""
        return any(name.lower().endswith(SUFFIXES) for name in self.names)

    def find(self, name: str) -> Path | None:
        """Find a file by its name in the file table; None when it is missing, or is a link."""
        spelt = self._spelt.get(same_spelling(name))
        return None if spelt is None else self.path / spelt

    def find_in_other_case(self, name: str) -> str | None:
        """Name the file that differs from this name in upper and lower case only."""
        return self._caseless.get(name.casefold())

    def find_in_either_format(self, name: str) -> Path | None:
        """Find a file of this name, or of the same stem in the other format."""
        stem = name.rpartition(".")[0]
        choices = [same_spelling(f"{stem}{suffix}") for suffix in SUFFIXES]
        others = (self._plain[choice] for choice in choices if choice in self._plain)
        return self.find(name) or next((self.path / other for other in others), None)


def same_spelling(name: str) -> str:
    """Return the form in which names that look alike are equal, however accents are encoded."""
    return unicodedata.normalize("NFC", name)


def _with_small_ending(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return f"{stem}{dot}{ending.lower()}"
