"""Reads the order of a column before or behind a position, each time as plain index ranges.

"Behind (a, b, c, d)" means: equal a, b, c and greater d; or equal a, b and greater c; and so on.
Each of these is one range of the index in every database, where a comparison of tuples or an OR of
all four is not, so they are asked one after the other until enough is found.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from django.db.models import QuerySet

from valhub.leaderboards.models import Board, Score
from valhub.leaderboards.order import Key

FIELDS = Key._fields
BACKWARDS = tuple(f"-{field}" for field in FIELDS)
PLACE_FIELDS = 2
"""How many of the fields decide the rank."""

Scores = QuerySet[Score]


def scores_in(board: Board, column: str) -> Scores:
    """Give the scores of one column."""
    return Score.objects.filter(board=board, column=column)


def keys_behind(scores: Scores, key: Key | None, limit: int) -> list[Key]:
    """Give the positions behind one, or the first ones, nearest first."""
    ranges = iter([scores]) if key is None else _ranges(scores, key, "gt")
    return _keys(ranges, FIELDS, limit)


def keys_before(scores: Scores, key: Key, limit: int) -> list[Key]:
    """Give the positions before one, nearest first."""
    return _keys(_ranges(scores, key, "lt"), BACKWARDS, limit)


def count_better(scores: Scores, key: Key) -> int:
    """Count the scores that rank before a position."""
    return sum(_range(scores, key, depth, "lt").count() for depth in range(PLACE_FIELDS))


def count_ties_before(scores: Scores, key: Key) -> int:
    """Count the scores that tie with a position and are listed before it."""
    depths = range(PLACE_FIELDS, len(FIELDS))
    return sum(_range(scores, key, depth, "lt").count() for depth in depths)


def _ranges(scores: Scores, key: Key, comparison: Literal["gt", "lt"]) -> Iterator[Scores]:
    for depth in reversed(range(len(FIELDS))):
        yield _range(scores, key, depth, comparison)


def _range(scores: Scores, key: Key, depth: int, comparison: Literal["gt", "lt"]) -> Scores:
    """Give the scores that agree in the first fields and differ one way in the next."""
    equal = dict(zip(FIELDS[:depth], key[:depth], strict=True))
    return scores.filter(**equal, **{f"{FIELDS[depth]}__{comparison}": key[depth]})


def _keys(ranges: Iterable[Scores], order: Iterable[str], limit: int) -> list[Key]:
    found: list[Key] = []
    for scores in ranges:
        rows = scores.order_by(*order).values_list(*FIELDS)
        found += [Key(*row) for row in rows[: limit - len(found)]]
        if len(found) == limit:
            break
    return found
