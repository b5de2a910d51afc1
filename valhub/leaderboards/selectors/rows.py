"""The rows of a page: entries with their authors and scores, by two look-ups of known keys."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from valhub.analyses.board_columns import BoardColumn
from valhub.leaderboards.models import Board, Entry, Score
from valhub.leaderboards.order import Key

DELETED = "deleted account"
_PEOPLE = ("account__username", "account__deleted_at")
_ENTRY = (
    "account_id",
    "submission_id",
    "run_id",
    "display_name",
    "is_baseline",
    "coverage",
    "final_coverage",
    "submitted_at",
)
_SCORE = ("entry_id", "column", "value", "low", "high", "systems", "sites")


@dataclass(frozen=True)
class Value:
    """A value with its 95 % interval of so many systems and sites, in the unit of its column.

    One end of the interval is None where it is open, both are where there is no interval.
    """

    value: float
    low: float | None
    high: float | None
    systems: int
    sites: int = 0


@dataclass(frozen=True)
class BoardRow:
    """One entry of a page.

    Attributes
    ----------
    rank : int
        From 1, in the column the page is sorted by; ties share the smallest (1, 1, 3).
    author : str
        The user name, or "deleted account".
    display_name : str
        What the author called the submission; empty once the account is deleted.
    coverage : float
        Share of the board's files that were scored, 0 to 1; below 1 the entry is incomplete.
    final_coverage : float or None
        The same of the final part; None as long as nobody sees that part.
    submitted_at : datetime
        In UTC.
    values : mapping of str to Value
        By column name; a column without value is missing.
    withheld : mapping of str to str
        By column name, in words: why a value that exists is not among `values`.
    """

    rank: int
    entry_id: int
    account_id: uuid.UUID
    author: str
    submission_id: uuid.UUID
    run_id: int
    display_name: str
    is_baseline: bool
    coverage: float
    final_coverage: float | None
    submitted_at: datetime
    values: Mapping[str, Value] = field(default_factory=dict)
    withheld: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the entry is called: as its author called it, or by its author."""
        return self.display_name or self.author


def read_rows(
    keys: Sequence[Key], ranks: Sequence[int], columns: Sequence[BoardColumn]
) -> tuple[BoardRow, ...]:
    """Read what stands at some positions, in their order, in the columns that readers see.

    An entry that has gone since the positions were read is left out.
    """
    ids = [key.entry_id for key in keys]
    entries, values = _entries(ids), _values(ids, [one.name for one in columns])
    if not any(one.final for one in columns):
        entries = {pk: {**entry, "final_coverage": None} for pk, entry in entries.items()}
    return tuple(
        BoardRow(rank=rank, entry_id=one, values=values.get(one, {}), **entries[one])
        for one, rank in zip(ids, ranks, strict=True)
        if one in entries
    )


def name_of(board: Board, entry_id: int) -> str | None:
    """Give the name of one entry of a board; None when it is not there."""
    if not Entry.objects.filter(board=board, pk=entry_id).exists():
        return None
    entry = _entries([entry_id]).get(entry_id)
    return (entry["display_name"] or entry["author"]) if entry else None


def _entries(ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    # Plain values: making fifty entries and accounts takes longer than reading them.
    found = Entry.objects.filter(pk__in=ids).values_list("pk", *_PEOPLE, *_ENTRY)
    entries = {}
    for pk, name, deleted_at, *rest in found:
        entries[pk] = {"author": name, **dict(zip(_ENTRY, rest, strict=True))}
        if deleted_at:
            entries[pk] |= {"author": DELETED, "display_name": ""}
    return entries


def _values(ids: Sequence[int], columns: Sequence[str]) -> dict[int, dict[str, Value]]:
    found: dict[int, dict[str, Value]] = {}
    known = Score.objects.filter(entry__in=ids, column__in=columns)
    for entry, column, value, low, high, systems, sites in known.values_list(*_SCORE):
        if value is not None:
            found.setdefault(entry, {})[column] = Value(value, low, high, systems, sites)
    return found
