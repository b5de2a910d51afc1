"""Rows that a hub listed: a sequence that a notebook draws, and that pandas takes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any, TypeVar, overload

from valhub.client.hubs.records import Column, Entry, Record

if TYPE_CHECKING:
    import pandas as pd

R = TypeVar("R", bound=Record, covariant=True)

DRAWN_ROWS = 50
DRAWN_CHARACTERS = 80


class Rows(Sequence[R]):
    """Records of one kind.

    Parameters
    ----------
    records : iterable of Record
    title : str
        What they are, as a notebook writes it above them.
    """

    def __init__(self, records: Iterable[R], title: str = "") -> None:
        self._records = tuple(records)
        self._title = title

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> "Rows[R]": ...
    def __getitem__(self, index: int | slice) -> "R | Rows[R]":
        if isinstance(index, slice):
            return Rows(self._records[index], self._title)
        return self._records[index]

    def __repr__(self) -> str:
        return f"<{self._title or 'row'} list of {len(self)}>"

    def _repr_html_(self) -> str:
        return html_table([one.row() for one in self._records], self._title)

    def to_pandas(self) -> "pd.DataFrame":
        """Make a table of them, with a row for each."""
        import pandas as pd

        return pd.DataFrame([one.row() for one in self._records])


class Board(Rows[Entry]):
    """A leaderboard, the best entry first.

    Attributes
    ----------
    columns : tuple of Column
        Its scores, the one that ranks first.
    remark : str
        The rule of the possible ranks, or why there are none.
    total : int
        How many entries it has; perhaps more than are here.
    """

    def __init__(
        self, records: Iterable[Entry], *, columns: tuple[Column, ...], remark: str, total: int
    ) -> None:
        super().__init__(records, "leaderboard entry")
        self.columns, self.remark, self.total = columns, remark, total

    def _repr_html_(self) -> str:
        return f"{super()._repr_html_()}<p>{escape(self.remark)}</p>"

    def to_pandas(self) -> "pd.DataFrame":
        """Make a table of it: the columns of the hub's own CSV, by rank."""
        return super().to_pandas().set_index("rank") if len(self) else super().to_pandas()


def html_table(rows: Sequence[Mapping[str, Any]], title: str) -> str:
    """Draw rows for a notebook, which shows the texts of strangers as they are: as text."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        f"<tr>{''.join(f'<td>{_cell(row.get(name))}</td>' for name in names)}</tr>"
        for row in rows[:DRAWN_ROWS]
    )
    more = len(rows) - DRAWN_ROWS
    below = f"<p>… and {more:,} more</p>" if more > 0 else ""
    return f"<table><caption>{escape(title)}</caption><tr>{head}</tr>{body}</table>{below}"


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = "" if value is None else str(value)
    more = "…" if len(text) > DRAWN_CHARACTERS else ""
    return f"{escape(text[:DRAWN_CHARACTERS])}{more}"
