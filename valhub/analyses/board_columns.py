"""The columns of a board: the aggregates of a version, as its row stores them.

They are stored as documents, `AnalysisVersion.columns`; here they are values.
"""

from dataclasses import asdict, dataclass
from typing import Any

from valhub.analyses.models import AnalysisVersion
from valhub.evaluation.results import Best


@dataclass(frozen=True)
class BoardColumn:
    """One aggregate of a board.

    Attributes
    ----------
    operation, column, best
        As in the engine's `Aggregate`.
    shown : bool
        Whether the organiser wants to show it on the board.
    """

    name: str
    label: str
    unit: str
    operation: str
    column: str
    best: Best
    shown: bool

    @classmethod
    def of_script(cls, name: str, best: Best) -> "BoardColumn":
        """Make a column of a number that a script package's evaluation gives."""
        return cls(name, name, "", operation="", column=name, best=best, shown=True)

    def document(self) -> dict[str, str | bool]:
        """The form in which a version stores it."""
        return {**asdict(self), "best": self.best.value}


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
