"""Possible ranks of a board's entries: computed when a page needs them, kept until it changes.

The rule is the engine's, as `valhub rank` uses it. Its table has the board's entries, one for each
account; its thresholds count all scored runs of the version. NumPy is loaded with the first board
that can be compared, and by nothing else in a web process.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from valhub.analyses.board_columns import BoardColumn
from valhub.evaluation.scoring.packed_losses import PackedLosses
from valhub.evaluation.scoring.tries import Tries
from valhub.evaluation.wording import NO_SYSTEMS, count
from valhub.leaderboards.models import Board, Entry, Score
from valhub.leaderboards.selectors.pages import Page
from valhub.leaderboards.selectors.tries import (
    TriesOf,
    losses_in,
    tries_of_accounts,
    tries_of_version,
)

if TYPE_CHECKING:
    from valhub.evaluation.scoring.board_table import Difference, PossibleRanks, Table

MOST_ENTRIES = 10_000
MOST_CELLS = 500_000
"""Entries times systems that are compared: they are kept in the memory of each web process."""
TABLES_KEPT = 8

EARLIER = "An earlier release scored these runs, and they are not compared."


@dataclass(frozen=True)
class Compared:
    """The entries of a board, compared; or the words for why they are not.

    Attributes
    ----------
    table : Table or None
        The entries in the order of the board.
    places : mapping of int to int
        Each entry's position in the table.
    unknown : frozenset of int
        The entries without losses: an earlier release scored them.
    """

    table: "Table | None" = None
    why_none: str = ""
    places: Mapping[int, int] = field(default_factory=dict)
    unknown: frozenset[int] = frozenset()
    _found: "dict[int, PossibleRanks | None]" = field(default_factory=dict)

    @cached_property
    def words(self) -> str:
        """What to know about the possible ranks: the rule they follow, or why there are none."""
        if self.table is None:
            return self.why_none
        words = self.table.why_unknown() or self.table.rule()
        if not self.unknown or self.table.why_unknown():
            return words
        return (
            f"{words} {count(len(self.unknown), 'run')} of an earlier release cannot be compared."
        )

    def possible_ranks(self, entry_id: int) -> "PossibleRanks | None":
        """Give an entry's possible ranks; None where there are none."""
        if self.table is None or entry_id not in self.places:
            return None
        if entry_id not in self._found:
            self._found[entry_id] = self.table.possible_ranks(self.places[entry_id])
        return self._found[entry_id]

    def differences(
        self, entry_id: int, others: Sequence[int], *, smallest: float
    ) -> "dict[int, Difference]":
        """Compare an entry with others; those of which nothing can be said are left out.

        Parameters
        ----------
        others : sequence of int
            The keys of entries.
        smallest : float
            The smallest difference that matters, in the unit of the metric.
        """
        if self.table is None or self.table.why_unknown() or not self._is_known(entry_id):
            return {}
        from valhub.evaluation.scoring.board_table import differences

        known = [one for one in others if self._is_known(one)]
        among = [self.places[one] for one in known]
        found = differences(self.table, self.places[entry_id], among, smallest=smallest)
        return dict(zip(known, found, strict=True))

    def _is_known(self, entry_id: int) -> bool:
        return entry_id in self.places and entry_id not in self.unknown


def compared_entries(board: Board, page: Page) -> Compared:
    """Compare the entries of a board by the metric that ranks.

    Parameters
    ----------
    board : Board
    page : Page
        A page of it; as long as the board has the page's number, the comparison is kept.
    """
    if board.pk is None or not page.columns:
        return Compared()
    return _KEPT.get(board, page.number, page.columns[0])


def tries_on_page(board: Board, page: Page) -> dict[UUID, TriesOf]:
    """Count what the accounts on a page tried, whose best run each entry is."""
    if board.pk is None or not page.columns:
        return {}
    accounts = [row.account_id for row in page.rows]
    return tries_of_accounts(board, page.columns[0].name, accounts)


class _KeptTables:
    """The last few boards that were compared, each as of one number."""

    def __init__(self) -> None:
        self._tables: OrderedDict[int, tuple[tuple[object, ...], Compared]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, board: Board, number: int, column: BoardColumn) -> Compared:
        # A database may give the key of a deleted board once more, but not at the same moment.
        as_of = (number, column.name, board.version.created_at)
        with self._lock:
            known = self._tables.get(board.pk)
        if known is not None and known[0] == as_of:
            return known[1]
        compared = _compare(board, column)
        with self._lock:
            self._tables[board.pk] = as_of, compared
            self._tables.move_to_end(board.pk)
            while len(self._tables) > TABLES_KEPT:
                self._tables.popitem(last=False)
        return compared


_KEPT = _KeptTables()


def _compare(board: Board, column: BoardColumn) -> Compared:
    one = losses_in(board, column.name).values_list("systems", flat=True).first()
    entries = Board.objects.values_list("entries_count", flat=True).get(pk=board.pk)
    if one is None:
        return Compared(why_none=EARLIER if entries else "")
    if not one:
        return Compared(why_none=NO_SYSTEMS)
    if entries > MOST_ENTRIES or entries * one > MOST_CELLS:
        return Compared(why_none=_too_many(entries, one))
    return _table(board, column)


def _too_many(entries: int, systems: int) -> str:
    return (
        f"There are no possible ranks: {entries:,} entries on {count(systems, 'system')} are too "
        "many to compare."
    )


def _table(board: Board, column: BoardColumn) -> Compared:
    from valhub.evaluation.scoring.board_table import board_table

    runs, ranks = _ranked(board, column.name)
    known = _packed(board, column.name)
    found = [known.get(run) for run in runs.values()]
    unknown = frozenset(entry for entry, run in runs.items() if run not in known)
    if len(unknown) == len(found):
        return Compared(why_none=EARLIER if found else "")
    tries, shares = _tries(board, column, found)
    losses = [one.losses if one else None for one in found]
    table = board_table(ranks, losses, tries.with_unknown(len(unknown)), shares)
    places = {entry: place for place, entry in enumerate(runs)}
    return Compared(table, "", places, unknown)


def _tries(
    board: Board, column: BoardColumn, entries: Sequence["_Known | None"]
) -> tuple[Tries, list[float]]:
    """Count all scored runs of the version, and give the shares of the entries.

    Over the final part the entries alone count: none of them was chosen by its scores there.
    """
    if column.final:
        distinct = {entry.losses.digest for entry in entries if entry is not None}
        return Tries.of_equals(len(distinct)), [1.0] * len(entries)
    tried = tries_of_version(board, column.name)
    shares = [tried.share(one.account, one.losses.digest) if one else 1.0 for one in entries]
    return tried.count(), shares


def _ranked(board: Board, column: str) -> tuple[dict[int, int], list[int]]:
    """Read the entries in order, with their runs, and their ranks; ties share one."""
    scores = Score.objects.filter(board=board, column=column)
    rows = scores.order_by("standing", "sort_value", "submitted_at", "entry").values_list(
        "entry_id", "entry__run_id", "standing", "sort_value"
    )
    runs: dict[int, int] = {}
    ranks: list[int] = []
    last: tuple[float, ...] | None = None
    for position, (entry, run, *place) in enumerate(rows, start=1):
        ranks.append(ranks[-1] if (*place,) == last else position)
        last = (*place,)
        runs[entry] = run
    return runs, ranks


class _Known(NamedTuple):
    """The losses of a run on the board, and whose it is."""

    account: UUID
    losses: PackedLosses


def _packed(board: Board, column: str) -> dict[int, _Known]:
    """Read the losses of the runs that are on the board, by run."""
    placed = Entry.objects.filter(board=board).values("run_id")
    rows = losses_in(board, column).filter(run_id__in=placed)
    return {
        run: _Known(account, PackedLosses._make(cells))
        for run, account, *cells in rows.values_list("run_id", "account", *PackedLosses._fields)
    }
