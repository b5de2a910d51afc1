"""What a board can be sorted by: the displayed columns of its version, the primary one first."""

from dataclasses import dataclass

from valhub.accounts.problems import Invalid
from valhub.analyses.models import AnalysisVersion
from valhub.evaluation.scoring.statistics import Best


class UnknownColumn(Invalid):
    """The leaderboard has no such column to sort by."""

    code = "unknown-column"


@dataclass(frozen=True)
class Column:
    """One aggregate that a board shows and can be sorted by."""

    name: str
    label: str
    unit: str
    best: Best


def columns_of(version: AnalysisVersion) -> tuple[Column, ...]:
    """Give a version's columns that boards show, the primary one first.

    The primary one is always among them: it is what ranks. A script package has none before its
    first run has finished.
    """
    return tuple(
        Column(one["name"], one["label"], one["unit"], Best(one["best"]))
        for position, one in enumerate(version.columns)
        if one["shown"] or position == 0
    )


def find_column(version: AnalysisVersion, name: str | None) -> Column | None:
    """Find the column of a name, or the primary one when no name is given.

    Returns
    -------
    Column or None
        None only when no name is given and the version has no columns yet.

    Raises
    ------
    UnknownColumn
        No displayed column has the name.
    """
    columns = {column.name: column for column in columns_of(version)}
    if not name:
        return next(iter(columns.values()), None)
    if name not in columns:
        known = ", ".join(columns) or "none yet"
        raise UnknownColumn(
            f"The leaderboard has no column {name!r}. Sort by one of these: {known}.", field="sort"
        )
    return columns[name]
