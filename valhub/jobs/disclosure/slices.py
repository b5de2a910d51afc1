"""A run's slices as a reader sees them: those of enough files and systems, the others together.

The value of a slice that is too small is withheld with its scores: it is a cell of the metadata, or
even of the truth. Where all but a few files are shown, the whole less what is shown would
give these few away, so none is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from valhub.evaluation.results import Slice
from valhub.evaluation.wording import count
from valhub.jobs.disclosure.readers import Reader
from valhub.jobs.disclosure.rules import FEW_IN_SLICE, Rules
from valhub.jobs.disclosure.scores import ShownScore, shown_scores


@dataclass(frozen=True)
class ShownSlice:
    """The files that share one value of one column."""

    value: str
    scored: int
    files: int
    scores: dict[str, ShownScore]


@dataclass(frozen=True)
class SliceTable:
    """The slices by one column.

    Attributes
    ----------
    withheld : str
        How many values are not shown, and why; empty when all are.
    """

    column: str
    parts: list[ShownSlice]
    withheld: str


def shown_slices(slices: Sequence[Slice], rules: Rules, reader: Reader) -> list[SliceTable]:
    """Show a run's slices, a table for each column."""
    if not rules.shows_slices(reader):
        return []
    columns = groupby(slices, key=lambda part: part.column)
    return [_table(column, list(parts), rules, reader) for column, parts in columns]


def _table(column: str, parts: list[Slice], rules: Rules, reader: Reader) -> SliceTable:
    small = [one for one in parts if _is_small([one], rules, reader)]
    if any(one.scored for one in small) and _is_small(small, rules, reader):
        small = parts
    shown = [_shown(one, rules, reader) for one in parts if one not in small]
    words = f"{count(len(small), 'value')} {FEW_IN_SLICE}" if small else ""
    return SliceTable(column, shown, words)


def _is_small(parts: Sequence[Slice], rules: Rules, reader: Reader) -> bool:
    """Whether the scored files of some slices together are too few, or may be of one system.

    Which systems two slices share is not known, so together they have at least those of either.
    """
    files = sum(one.scored for one in parts)
    systems = (number.systems for one in parts for number in one.aggregates.values())
    return rules.withholds_slice(reader, files, max(systems, default=0))


def _shown(part: Slice, rules: Rules, reader: Reader) -> ShownSlice:
    scores = shown_scores(part.aggregates, rules, reader)
    return ShownSlice(part.value, part.scored, part.files, {one.name: one for one in scores})
