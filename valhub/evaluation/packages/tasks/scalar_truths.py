"""The truth of a scalar task: one row in a file of its own, or columns of the metadata tables."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.suggestions import bare_name
from valhub.evaluation.packages.tasks.data_folders import DataFolder
from valhub.evaluation.packages.tasks.metadata_cells import as_number, no_number
from valhub.evaluation.packages.tasks.metadata_tables import Table, TableRow, Value, read_table_file
from valhub.evaluation.packages.tasks.references import LARGEST_MAGNITUDE
from valhub.evaluation.packages.tasks.table_records import Required

# Numbers that differ by no more than rounding to text.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Place:
    """Where a truth is written, for the faults."""

    file: str
    line: int | None


@dataclass
class ScalarTruths:
    """Reads the truths of a scalar task's files.

    Attributes
    ----------
    folder : DataFolder
        Where a data file's truth may be, under the same name.
    references : tuple of str
        The truths' names.
    claimed : set of Path
        The files in the folder that were read.
    notes : list of str
        Where a file and the metadata tables contradict each other.
    """

    root: Path
    folder: DataFolder
    references: tuple[str, ...]
    faults: FaultList
    claimed: set[Path] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    _reported: set[tuple[Place, str]] = field(default_factory=set)

    def read(
        self, name: str, metadata: Mapping[str, Value], places: Mapping[str, Place]
    ) -> dict[str, float]:
        """Read the truths of a data file.

        Parameters
        ----------
        name : str
            The data file's.
        metadata : mapping
            What the metadata tables say about it; a file of its own goes before them.
        places : mapping of str to Place
            Where the metadata tables say it.

        Returns
        -------
        dict of str to float
            By reference; what is missing or wrong is noted as a fault.
        """
        path = self.folder.find_in_either_format(name) if name and self.references else None
        row = self._row(path) if path else TableRow(None, {})
        if row is None:
            return {}
        stem = path.relative_to(self.root).as_posix() if path else f"{self.folder.place}/{name}"
        own_place = Place(stem, row.line) if self.folder.has_tables else None
        truths = {}
        for reference in self.references:
            is_own = reference in row.values
            value = row.values[reference] if is_own else metadata.get(reference)
            place = own_place if is_own else places.get(reference, own_place)
            number = self._number(value, reference, place)
            if number is not None:
                truths[reference] = number
            if is_own and number is not None:
                self._compare(reference, number, as_number(metadata.get(reference)), place)
        return truths

    def _row(self, path: Path) -> TableRow | None:
        self.claimed.add(path)
        file = path.relative_to(self.root).as_posix()
        table = read_table_file(self.root, file, Required(numbers=self.references), self.faults)
        if table is None:
            return None
        if len(table.rows) != 1:
            problem = f"The truth of a scalar task has {len(table.rows):,} rows."
            fix = f"Write one row with the columns {', '.join(self.references)}."
            self.faults.add(problem, fix, file=file)
            return None
        return table.rows[0] if self._has_names(table) else None

    def _has_names(self, table: Table) -> bool:
        """Note a column in another spelling, or a file without any truth: neither would count."""
        spelt = {bare_name(column): column for column in table.columns}
        missing = [name for name in self.references if name not in table.columns]
        alike = [name for name in missing if bare_name(name) in spelt]
        for name in alike:
            problem = f'The column "{shown(spelt[bare_name(name)])}" does not count as {name}.'
            self.faults.add(problem, f"Name it {name}.", file=table.file, column=name)
        if len(missing) == len(self.references) and not alike:
            fix = f"Write the truth in the columns {', '.join(self.references)}."
            self.faults.add("The file has none of the references.", fix, file=table.file)
        return not alike and len(missing) < len(self.references)

    def _number(self, value: Value, reference: str, place: Place | None) -> float | None:
        number = as_number(value)
        if number is not None and abs(number) <= LARGEST_MAGNITUDE:
            return number
        # Many files share one system, whose fault is reported once.
        if place is not None and (place, reference) not in self._reported:
            self._reported.add((place, reference))
            problem, fix = _no_truth(value, number)
            self.faults.add(problem, fix, file=place.file, line=place.line, column=reference)
        return None

    def _compare(
        self, reference: str, own: float, listed: float | None, place: Place | None
    ) -> None:
        if place is None or listed is None or math.isclose(own, listed, rel_tol=_ROUNDING):
            return
        self.notes.append(
            f"{place.file}: {shown(reference)} is {own:g} here and {listed:g} in the metadata "
            "tables. This file counts."
        )


def _no_truth(value: Value, number: float | None) -> tuple[str, str]:
    """Say why a value is no truth, and how to fix it."""
    if number is not None:
        return f"The truth is beyond ±{LARGEST_MAGNITUDE:g}.", "Fill in a number."
    if isinstance(value, str):
        return no_number(value)
    return "The truth is missing or not a finite number.", "Fill in a number."
