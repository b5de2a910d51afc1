"""Checks on single cells of the metadata tables: identities, switches, numbers, time zones."""

import math
import re
from collections.abc import Collection

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.tables.gap_words import is_gap
from valhub.evaluation.packages.tables.number_texts import is_number, odd_number
from valhub.evaluation.packages.tables.row_faults import Finding, note_findings
from valhub.evaluation.packages.tasks.metadata_tables import Table, TableRow, Value
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.packages.times.zone_names import time_zones, zone_hint
from valhub.texts import cut

_WHOLE = re.compile(r"0*(?P<number>[0-9]+)(\.0*)?")
_SWITCHES = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class Cells:
    """Reads the cells of one table's rows; a wrong cell becomes a fault and counts as missing."""

    def __init__(self, table: Table, faults: FaultList) -> None:
        self.table = table
        self._faults = faults
        # Each is compared with every zone there is, and nobody reads hundreds of them.
        self._hints = 20

    def note(self, row: TableRow, column: str, problem: str, fix: str) -> None:
        """Note a fault of one cell."""
        self._faults.add(problem, fix, file=self.table.file, line=row.line, column=column)

    def _given(self, row: TableRow, column: str) -> Value:
        """Give a cell that is no label, so that every gap word is a gap."""
        value = row.values.get(column)
        return None if isinstance(value, str) and is_gap(value) else value

    def identity(self, row: TableRow, column: str) -> str:
        """Read a name or number that identifies something; empty when missing.

        Tables that passed through a spreadsheet write 50 as 50.0 and 007 as 7, which are the same.
        """
        value = self._given(row, column)
        if value is None or value == "":
            self.note(row, column, "The value is missing.", "Fill it in.")
            return ""
        whole = _WHOLE.fullmatch(str(value))
        return whole["number"] if whole else str(value)

    def switch(self, row: TableRow, column: str, *, default: bool) -> bool:
        """Read a boolean, where missing means the default."""
        value = self._given(row, column)
        if value is None:
            return default
        text = str(int(value) if isinstance(value, float) else value).lower()
        if text not in _SWITCHES:
            self.note(row, column, f'"{shown(text)}" is not a boolean.', "Write True or False.")
        return _SWITCHES.get(text, default)

    def part(self, row: TableRow) -> Part:
        """Read which part a file belongs to; `public` is the older way of saying it."""
        value = self._given(row, "part")
        is_public = self.switch(row, "public", default=False)
        if value is None:
            return Part.PUBLIC if is_public else Part.HIDDEN
        text = str(value).strip().lower()
        if text not in set(Part):
            fix = f"Write {Part.PUBLIC}, {Part.HIDDEN} or {Part.FINAL}."
            self.note(row, "part", f'"{shown(str(value))}" is not a part.', fix)
            return Part.HIDDEN
        part = Part(text)
        older = self._given(row, "public")
        if older is not None and is_public != (part is Part.PUBLIC):
            problem = f'The file is of the part {part}, but its column "public" says otherwise.'
            self.note(row, "part", problem, 'Correct one of them, or remove the column "public".')
        return part

    def number(self, row: TableRow, column: str, low: float, high: float) -> float | None:
        """Read a finite number between two bounds; None when missing or wrong."""
        value = self._given(row, column)
        if value is None:
            return None
        number = as_number(value)
        if number is None:
            self.note(row, column, *no_number(value))
        elif not low <= number <= high:
            bounds = f"from {low:g} to {high:g}" if math.isfinite(high) else f"of at least {low:g}"
            self.note(row, column, f"{number:g} is out of range.", f"Write a number {bounds}.")
            return None
        return number

    def time_zone(self, row: TableRow, column: str) -> str | None:
        """Read an IANA time zone; None when missing or unknown."""
        value = self._given(row, column)
        if value is None:
            return None
        if value in time_zones():
            return str(value)
        self._hints -= 1
        hint = zone_hint(str(value), time_zones()) if self._hints >= 0 else ""
        fix = f"Use an IANA name such as America/Denver, or Etc/GMT+7 for UTC-7. {hint}".strip()
        self.note(row, column, f'There is no time zone "{shown(str(value))}".', fix)
        return None


def note_text_among_numbers(table: Table, columns: Collection[str], faults: FaultList) -> None:
    """Note the cells that make text of a column whose other cells are mostly numbers.

    Parameters
    ----------
    table : Table
        A metadata table.
    columns : collection of str
        The columns to look at: those whose values reach algorithms, and that nothing else checks.
    faults : FaultList
        Takes note.
    """
    for column in table.columns:
        texts = [(row, row.values[column]) for row in table.rows] if column in columns else []
        given = [(row, text) for row, text in texts if isinstance(text, str) and not is_gap(text)]
        odd = [(row, text) for row, text in given if not is_number(text)]
        numbers = sum(is_number(text) or odd_number(text) is not None for _, text in given)
        if 2 * numbers > len(given):
            found = (Finding(row.line, *no_number(text), "are not numbers") for row, text in odd)
            note_findings(found, table.file, faults, column=column)


def no_number(value: Value) -> tuple[str, str]:
    """Say that a cell is not a number, and how to fix it."""
    odd = odd_number(value) if isinstance(value, str) else None
    if odd is not None:
        return f'"{cut(str(value))}" {odd.problem}.', odd.fix
    return f'"{cut(str(value))}" is not a number.', "Write a number."


def as_number(value: Value) -> float | None:
    """Return a cell as a finite number, or None."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
