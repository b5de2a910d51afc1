"""What a board can be sorted by: the displayed columns of its version, the primary one first.

Entries have scores over the final part from the start, in columns of their own. Nobody sees these
before the organiser has revealed them; from then on they rank, and each has the column over the
hidden files at its side.
"""

from collections.abc import Sequence

from valhub.analyses.board_columns import BoardColumn, columns_of
from valhub.analyses.models import AnalysisVersion
from valhub.errors import Invalid


def shown_columns(version: AnalysisVersion) -> tuple[BoardColumn, ...]:
    """Give a version's columns that choose an account's best run, the primary one first.

    The primary one is always among them: it is what ranks. A script package has none before its
    first run has finished.
    """
    columns = enumerate(columns_of(version))
    return tuple(one for position, one in columns if one.shown or position == 0)


def scored_columns(version: AnalysisVersion) -> tuple[BoardColumn, ...]:
    """Give all columns in which the entries of a version's board have scores."""
    columns = shown_columns(version)
    return (*columns, *_final(version, columns))


def visible_columns(version: AnalysisVersion) -> tuple[BoardColumn, ...]:
    """Give the columns that readers see, what ranks first."""
    columns = shown_columns(version)
    if version.revealed_at is None:
        return columns
    pairs = zip(_final(version, columns), columns, strict=False)
    return tuple(one for pair in pairs for one in pair) or columns


def _final(version: AnalysisVersion, columns: Sequence[BoardColumn]) -> tuple[BoardColumn, ...]:
    return tuple(one.of_final_part() for one in columns) if version.final_files else ()


def find_column(columns: Sequence[BoardColumn], name: str | None) -> BoardColumn | None:
    """Find the column of a name, or the primary one when no name is given.

    Parameters
    ----------
    columns : sequence of BoardColumn
        The board's, from `visible_columns`.

    Returns
    -------
    BoardColumn or None
        None only when no name is given and there are no columns yet.

    Raises
    ------
    Invalid
        No displayed column has the name.
    """
    named = {column.name: column for column in columns}
    if not name:
        return next(iter(columns), None)
    if name not in named:
        known = ", ".join(named) or "none yet"
        sentence = f"The leaderboard has no column {name[:40]!r}. Sort by one of these: {known}."
        raise Invalid(sentence, code="unknown-column", field="sort")
    return named[name]
