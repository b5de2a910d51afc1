"""What a board can be sorted by: the displayed columns of its version, the primary one first."""

from collections.abc import Sequence

from valhub.analyses.board_columns import BoardColumn, columns_of
from valhub.analyses.models import AnalysisVersion
from valhub.errors import Invalid


def shown_columns(version: AnalysisVersion) -> tuple[BoardColumn, ...]:
    """Give a version's columns that boards show, the primary one first.

    The primary one is always among them: it is what ranks. A script package has none before its
    first run has finished.
    """
    columns = enumerate(columns_of(version))
    return tuple(one for position, one in columns if one.shown or position == 0)


def find_column(columns: Sequence[BoardColumn], name: str | None) -> BoardColumn | None:
    """Find the column of a name, or the primary one when no name is given.

    Parameters
    ----------
    columns : sequence of BoardColumn
        The board's, from `shown_columns`.

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
