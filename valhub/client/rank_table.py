"""Compares results of one package: the work behind `valhub rank`."""

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from valhub.client.result_document import read_document
from valhub.client.terminal import open_console, safe
from valhub.errors import ValhubError
from valhub.evaluation.results import Best
from valhub.evaluation.scoring.ranking import RankedResult, rank
from valhub.evaluation.scoring.statistics import RankRange, probability_better, rank_ranges
from valhub.evaluation.wording import percent, quantity, span

Document = dict[str, Any]


class NotComparable(ValhubError):
    """The results are not of one package, or have no metric to rank by."""

    code = "not-comparable"


def print_ranking(paths: Sequence[Path]) -> None:
    """Print the results, best first.

    Raises
    ------
    UnreadableResult
        A file is not a result.
    NotComparable
        The results come from different data, or have nothing to rank by.
    """
    documents = _named([read_document(path) for path in paths], paths)
    contest = Contest(documents)
    open_console().print(_table(contest))


class Contest:
    """Results of several algorithms on one package, by the name of the algorithm."""

    def __init__(self, documents: dict[str, Document]) -> None:
        self.documents = documents
        first = next(iter(documents.values()))
        self.primary: str = first["primary_metric"]
        _refuse_strangers(documents)
        ranking = self._ranking_aggregate()
        self.label: str = ranking["label"]
        self.unit: str = ranking["unit"]
        self.column: str = ranking["column"]
        # A script package's evaluation gives one number for the whole, which is its own mean.
        self.operation: str = ranking["operation"] or "mean"
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

    def values(self, name: str) -> dict[str, float]:
        """Give one algorithm's value of every scored file that counts."""
        return {
            one["file_name"]: one["metrics"][self.column]
            for one in self.documents[name]["files"]
            if one["on_leaderboard"] and self.column in one["metrics"]
        }

    def cpu_s(self, name: str) -> float | None:
        """Give the processor time of one algorithm's median file."""
        costs = [one["cpu_s"] for one in self.documents[name]["files"]]
        return statistics.median(costs) if costs else None

    def systems(self) -> dict[str, object]:
        """Give the PV system of every file."""
        return {
            one["file_name"]: one["system_id"]
            for document in self.documents.values()
            for one in document["files"]
        }

    def entries(self) -> list[RankedResult]:
        """Give what the ranking decides by."""
        return [
            RankedResult(
                name, (one["aggregates"].get(self.primary) or {}).get("value"), one["coverage"]
            )
            for name, one in self.documents.items()
        ]

    def ranges(self) -> dict[str, RankRange]:
        """Give the ranks that chance leaves open."""
        values = {name: self.values(name) for name in self.documents}
        return rank_ranges(values, systems=self.systems(), operation=self.operation, best=self.best)

    def probability(self, name: str, other: str) -> float:
        """Give the probability that one algorithm beats another on files like these."""
        return probability_better(
            self.values(name),
            self.values(other),
            systems=self.systems(),
            operation=self.operation,
            best=self.best,
        )


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


def _table(contest: Contest) -> Table:
    title = f"{contest.label}, {contest.best.value} is best"
    table = Table(box=box.SIMPLE_HEAD, title=safe(title), title_justify="left", title_style="bold")
    table.add_column("rank", justify="right")
    table.add_column("algorithm", overflow="fold")
    for name in ("score", "95 % interval", "rank range", "beats next", "coverage", "CPU per file"):
        table.add_column(name, justify="right")
    ranked = rank(contest.entries(), best=contest.best)
    ranges = contest.ranges()
    followers = [*(one.entry.name for one in ranked[1:]), None]
    for place, follower in zip(ranked, followers, strict=True):
        entry = place.entry
        aggregate = contest.documents[entry.name]["aggregates"].get(contest.primary) or {}
        chance = contest.probability(entry.name, follower) if follower else None
        open_ranks = ranges[entry.name]
        table.add_row(
            str(place.rank),
            safe(entry.name),
            quantity(entry.value, contest.unit),
            span(aggregate.get("low"), aggregate.get("high")),
            span(open_ranks.best, open_ranks.worst),
            "" if chance is None else f"P = {percent(chance)}",
            percent(entry.coverage),
            quantity(contest.cpu_s(entry.name), "s"),
        )
    return table
