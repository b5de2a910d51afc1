"""The columns of a board: the aggregates of a version, as its row stores them.

They are stored as documents, `AnalysisVersion.columns`; here they are values.
"""

import hashlib
from dataclasses import asdict, dataclass, replace
from typing import Any

from valhub.analyses.models import AnalysisVersion
from valhub.evaluation.results import Best

# What the column of a score can hold.
_LONGEST = 200


def final_name(name: str) -> str:
    """Name an aggregate over the final part by the one over the other files."""
    full = f"final:{name}"
    if len(full) <= _LONGEST:
        return full
    return f"final:{hashlib.sha256(name.encode()).hexdigest()}"


@dataclass(frozen=True)
class BoardColumn:
    """One aggregate of a board.

    Attributes
    ----------
    operation, column, best
        As in the engine's `Aggregate`.
    shown : bool
        Whether the organiser wants to show it on the board.
    final : bool
        Whether it is over the final part.
    """

    name: str
    label: str
    unit: str
    operation: str
    column: str
    best: Best
    shown: bool
    final: bool = False

    @classmethod
    def of_script(cls, name: str, best: Best) -> "BoardColumn":
        """Make a column of a number that a script package's evaluation gives."""
        return cls(name, name, "", operation="", column=name, best=best, shown=True)

    def document(self) -> dict[str, str | bool]:
        """The form in which a version stores it; those over the final part are not stored."""
        stored = {**asdict(self), "best": self.best.value}
        del stored["final"]
        return stored

    def of_final_part(self) -> "BoardColumn":
        """Give the same aggregate over the final part."""
        return replace(
            self, name=final_name(self.name), label=f"{self.label}, final part", final=True
        )


def columns_of(version: AnalysisVersion) -> tuple[BoardColumn, ...]:
    """Read a version's columns, the primary one first."""
    return tuple(_column(version, stored) for stored in version.columns)


def _column(version: AnalysisVersion, stored: dict[str, Any]) -> BoardColumn:
    # Columns of versions stored by earlier releases have neither operation nor column.
    if "operation" in stored:
        operation, column = stored["operation"], stored["column"]
    else:
        operation, column = _parts(version, stored["name"])
    return BoardColumn(
        name=stored["name"],
        label=stored["label"],
        unit=stored["unit"],
        operation=operation,
        column=column,
        best=Best(stored["best"]),
        shown=stored["shown"],
    )


def _parts(version: AnalysisVersion, name: str) -> tuple[str, str]:
    """Find which operation on which of the version's per-file columns bears an aggregate's name.

    A script package has no per-file columns; what its evaluation gives is a column of its own.
    """
    # The name of an operation has no underscore. Importing the operations to ask costs NumPy.
    operation, _, column = name.partition("_")
    if any(column == known["name"] for known in version.file_columns):
        return operation, column
    return "", name
