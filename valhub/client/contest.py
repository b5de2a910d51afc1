"""Results of several algorithms on one package, compared: what `valhub rank` shows."""

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from valhub.client.result_document import read_document
from valhub.errors import ValhubError
from valhub.evaluation.results import Best
from valhub.evaluation.scoring.comparisons import Thresholds
from valhub.evaluation.scoring.losses import losses_of
from valhub.evaluation.scoring.possible_ranks import PossibleRanks, Table
from valhub.evaluation.scoring.ranking import Ranked, RankedResult, rank
from valhub.evaluation.scoring.tries import Tries
from valhub.evaluation.wording import NO_SYSTEMS, count

Document = dict[str, Any]


class NotComparable(ValhubError):
    """The results are not of one package, or have no metric to rank by."""

    code = "not-comparable"


@dataclass(frozen=True)
class Comparison:
    """On how many systems an entry is better than the next one, worse, and neither."""

    won: int
    lost: int
    tied: int
    systems: int


@dataclass(frozen=True)
class Standing:
    """One entry of the ranking.

    Attributes
    ----------
    possible : PossibleRanks or None
        None where the systems are too few to distinguish ranks; `note` says so.
    better_than_next : Comparison or None
        None for the last entry, and where there is nothing to compare.
    runs : int
        How many of the results are of this algorithm.
    note : str
        What to know about this entry; empty when there is nothing.
    """

    algorithm: str
    rank: int
    possible: PossibleRanks | None
    better_than_next: Comparison | None
    runs: int
    note: str

    def as_document(self) -> Document:
        """Write it as plain JSON values."""
        possible, better = self.possible, self.better_than_next
        return {
            "algorithm": self.algorithm,
            "rank": self.rank,
            "possible_ranks": [possible.low, possible.high] if possible else None,
            "may_be_best": possible.may_be_best if possible else None,
            "better_than_next": asdict(better) if better else None,
            "runs": self.runs,
            "note": self.note,
        }


class Contest:
    """Results of several algorithms on one package, by the name of the algorithm.

    Parameters
    ----------
    paths : sequence of Path
        Documents that `valhub run --json` wrote.

    Raises
    ------
    UnreadableResult
        A file is not a result.
    NotComparable
        The results come from different data, or have nothing to rank by.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.documents = _named([read_document(path) for path in paths], paths)
        self.primary: str = next(iter(self.documents.values()))["primary_metric"]
        _refuse_strangers(self.documents)
        ranking = self._ranking_aggregate()
        self.label: str = ranking["label"]
        self.unit: str = ranking["unit"]
        self.column: str = ranking["column"]
        # Empty where a script package's evaluation gave one number for the whole.
        self.operation: str = ranking["operation"]
        self.best = Best(ranking["best"])

    def _ranking_aggregate(self) -> dict[str, Any]:
        """Find what ranks, in any result that has a score."""
        for document in self.documents.values():
            aggregate: dict[str, Any] | None = document["aggregates"].get(self.primary)
            if aggregate:
                return aggregate
        raise NotComparable(
            "None of the results has a score, so there is nothing to rank by. Name one that has."
        )

    def aggregate(self, name: str) -> Document:
        """Give the aggregate of one algorithm that ranks it; empty without a score."""
        found: Document = self.documents[name]["aggregates"].get(self.primary) or {}
        return found

    def cpu_s(self, name: str) -> float | None:
        """Give the processor time of one algorithm's median file; None where it is not known."""
        costs = [one["cpu_s"] for one in self.documents[name]["files"]]
        # A median of those files that were measured would be one of other files.
        return statistics.median(costs) if costs and None not in costs else None

    @cached_property
    def ranked(self) -> list[Ranked]:
        """The results, best first."""
        entries = [
            RankedResult(name, _finite(self.aggregate(name).get("value")), one["coverage"])
            for name, one in self.documents.items()
        ]
        return rank(entries, best=self.best)

    def standings(self) -> list[Standing]:
        """Order the results, and say how sure that order is."""
        tries = Counter(document["algorithm"] for document in self.documents.values())
        table = self._table
        note = table.why_unknown() if table else NO_SYSTEMS
        return [
            Standing(
                algorithm=place.entry.name,
                rank=place.rank,
                possible=table.possible_ranks(position) if table else None,
                better_than_next=_next(table, position),
                runs=tries[self.documents[place.entry.name]["algorithm"]],
                note=" ".join(filter(None, [note, self._unanswered(place.entry.name)])),
            )
            for position, place in enumerate(self.ranked)
        ]

    def rule(self) -> str:
        """Say how many wins a clear difference needs; empty where no difference can be clear."""
        return self._table.rule() if self._table else ""

    @cached_property
    def _table(self) -> Table | None:
        """The results as a table; None where no file has a score of its own."""
        if not self.operation or not self._systems:
            return None
        losses = losses_of(
            [self._values[place.entry.name] for place in self.ranked],
            self._systems,
            operation=self.operation,
            best=self.best,
        )
        ranks = [place.rank for place in self.ranked]
        return Table(ranks, losses, Thresholds(Tries.of_equals(losses.distinct())))

    @cached_property
    def _values(self) -> dict[str, dict[str, float]]:
        """Each algorithm's value of every scored file that counts."""
        return {
            name: {
                one["file_name"]: value
                for one in document["files"]
                if one["on_leaderboard"]
                and (value := _finite(one["metrics"].get(self.column))) is not None
            }
            for name, document in self.documents.items()
        }

    @cached_property
    def _systems(self) -> Mapping[str, object]:
        """The PV system of every file that counts, in any of the results."""
        return {
            one["file_name"]: one["system_id"]
            for document in self.documents.values()
            for one in document["files"]
            if one["on_leaderboard"]
        }

    def _unanswered(self, name: str) -> str:
        missing = len(self._systems) - len(self._values[name]) if self.operation else 0
        return f"{count(missing, 'file')} without a score." if missing else ""


def _next(table: Table | None, position: int) -> Comparison | None:
    """Compare an entry with the next one."""
    if table is None or position + 1 == len(table.ranks):
        return None
    tally = table.tally(position)
    won, lost, tied = (int(of[position + 1]) for of in (tally.won, tally.lost, tally.tied))
    return Comparison(won, lost, tied, table.losses.systems)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _named(documents: Sequence[Document], paths: Sequence[Path]) -> dict[str, Document]:
    """Call each result by its algorithm, or by its file where two share a name."""
    names = [document["algorithm"] for document in documents]
    return {
        name if names.count(name) == 1 else str(path): document
        for name, document, path in zip(names, documents, paths, strict=True)
    }


def _refuse_strangers(documents: dict[str, Document]) -> None:
    compared = {
        "package": [one["package"] for one in documents.values()],
        "primary metric": [one["primary_metric"] for one in documents.values()],
        "version of the package": [one["receipt"].get("package") for one in documents.values()],
        "version of the scorer": [one["receipt"].get("scorer") for one in documents.values()],
    }
    for words, values in compared.items():
        found = dict(zip(documents, values, strict=True))
        if len(set(values)) > 1:
            listing = "; ".join(f"{name}: {value}" for name, value in found.items())
            raise NotComparable(
                f"The results differ in the {words} ({listing}). "
                "Rank results of one version of one package only."
            )
