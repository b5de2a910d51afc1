"""How often intervals hold and equal runs are told apart, over a grid of simulated data sets.

Every cell draws many data sets with known truth: systems with files that are alike to some degree
(intraclass correlation of the underlying normal, or of the shares), of several shapes. Printed are
the share of intervals that hold the truth, and the share of tables of equal runs that show any
difference, also where some accounts try more than others; below each block, its bound. At the
end, without a bound, what no rule could promise: runs with equal means and other shapes. Exit code
1 when a bound does not hold.

    python benchmarks/coverage_grid.py            the whole grid, about five minutes
    python benchmarks/coverage_grid.py short      a few cells, a few seconds
"""

import math
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import special

from valhub.evaluation.scoring.board_table import board_table
from valhub.evaluation.scoring.comparisons import Thresholds
from valhub.evaluation.scoring.intervals import ERROR, SHARE, SIGNED, Bounds, interval
from valhub.evaluation.scoring.losses import Losses
from valhub.evaluation.scoring.possible_ranks import Table
from valhub.evaluation.scoring.systems import Systems
from valhub.evaluation.scoring.tries import Tries, count_tries, share_of

Numbers = NDArray[np.float64]
SEED = 20_261_127


@dataclass(frozen=True)
class Shape:
    """How errors are distributed; made from a standard normal, so that files can be alike."""

    name: str
    values: Callable[[Numbers], Numbers]
    mean: float
    quantile: Callable[[float], float]


def _half_exact(normal: Numbers) -> Numbers:
    share = special.ndtr(normal)
    return np.where(share < 0.5, 0.0, -np.log1p(-np.clip(2 * share - 1, 0, 1 - 1e-15)))


SHAPES = (
    Shape("normal", lambda z: 10 + z, 10.0, lambda q: 10 + special.ndtri(q)),
    Shape(
        "lognormal",
        lambda z: np.exp(0.75 * z),
        math.exp(0.75**2 / 2),
        lambda q: math.exp(0.75 * special.ndtri(q)),
    ),
    Shape(
        "exponential",
        lambda z: -special.log_ndtr(-z),
        1.0,
        lambda q: -math.log1p(-q),
    ),
    Shape(
        "half exact",
        _half_exact,
        0.5,
        lambda q: -math.log1p(-max(0.0, 2 * q - 1)),
    ),
)
SHARES = (0.5, 0.9)


@dataclass(frozen=True)
class Cell:
    """One kind of data set: so many systems of so many files, so much alike."""

    systems: int
    files: int
    alike: float

    @property
    def words(self) -> str:
        """How a line of the table names it."""
        return f"{self.systems:3} systems of {self.files:2} files, alike {self.alike}"

    def normals(self, sets: int, rng: np.random.Generator) -> Numbers:
        """Draw standard normals, shape (sets, systems · files)."""
        common = rng.standard_normal((sets, self.systems, 1))
        own = rng.standard_normal((sets, self.systems, self.files))
        drawn = math.sqrt(self.alike) * common + math.sqrt(1 - self.alike) * own
        return drawn.reshape(sets, -1)

    def shares(self, share: float, sets: int, rng: np.random.Generator) -> Numbers:
        """Draw successes whose probability differs by system, beta-binomial."""
        spread = 1 / self.alike - 1
        of_system = rng.beta(share * spread, (1 - share) * spread, (sets, self.systems, 1))
        hits = rng.random((sets, self.systems, self.files)) < of_system
        return hits.reshape(sets, -1).astype(float)

    def numbered(self) -> Systems:
        """The systems of the files."""
        return Systems.of([one for one in range(self.systems) for _ in range(self.files)])


@dataclass(frozen=True)
class Figure:
    """A share that was counted, and the bound it is held against."""

    what: str
    share: float
    sets: int
    least: float | None = None
    most: float | None = None

    @property
    def holds(self) -> bool:
        """Whether it keeps its bound, or has none."""
        error = 2 * math.sqrt(0.05 * 0.95 / self.sets)
        low_enough = self.most is None or self.share <= self.most + error
        return low_enough and (self.least is None or self.share >= self.least)


def coverage(
    operation: str, truth: float, sets: Numbers, systems: Systems, bounds: Bounds
) -> float:
    """Count how many intervals hold the truth; an open end holds all that is beyond.

    Where all errors of a data set are zero, there is no interval to count.
    """
    shown = [one for one in sets if one.any() or (operation, bounds) != ("mean", ERROR)]
    held = 0
    for values in shown:
        found = interval(operation, values, systems, bounds)
        low = -math.inf if found.low is None else found.low
        high = math.inf if found.high is None else found.high
        if (found.low, found.high) == (None, None):
            raise AssertionError(found.caveat)
        held += low <= truth <= high
    return held / len(shown)


@dataclass(frozen=True)
class Duration:
    """What a piece of work may take, and the work."""

    what: str
    most_ms: float
    work: Callable[[], object]

    def holds(self) -> bool:
        """Do the work a few times and say how long it took; the quickest counts."""
        took_ms = min(self._once() for _ in range(7))
        good = took_ms <= self.most_ms
        words = "holds" if good else "DOES NOT HOLD"
        print(f"{self.what}: {took_ms:.2f} ms, wanted ≤ {self.most_ms:g} ms: {words}")
        return good

    def _once(self) -> float:
        begun = time.perf_counter()
        self.work()
        return 1000 * (time.perf_counter() - begun)


def cells(systems: Iterable[int], *, fewest: int) -> list[Cell]:
    """Every kind of data set from so many systems on."""
    grid = product([count for count in systems if count >= fewest], (1, 5, 20), (0.2, 0.5, 0.8))
    return [Cell(*one) for one in grid]


def interval_figures(kinds: list[Cell], sets: int, seed: int = SEED) -> list[Figure]:
    """How often intervals hold in the given kinds of data sets."""
    rng = np.random.default_rng(seed)
    figures: list[Figure] = []
    for cell in kinds:
        systems, normals = cell.numbered(), cell.normals(sets, rng)
        for shape in SHAPES:
            values = shape.values(normals)
            for operation, truth, fewest, least in (
                ("mean", shape.mean, 5, 0.89),
                ("median", shape.quantile(0.5), 8, 0.94),
                ("p95", shape.quantile(0.95), 20, 0.88 if cell.systems < 50 else 0.91),
            ):
                if cell.systems >= fewest:
                    share = coverage(operation, truth, values, systems, ERROR)
                    what = f"{operation:6} {shape.name:11} {cell.words}"
                    figures.append(Figure(what, share, sets, least=least))
        for share in SHARES:
            hits = cell.shares(share, sets, rng)
            held = coverage("mean", share, hits, systems, SHARE)
            figures.append(Figure(f"share  {share:<11} {cell.words}", held, sets, least=0.87))
        if cell.systems >= 8:
            held = coverage("mean", 0.0, normals, systems, SIGNED)
            figures.append(Figure(f"signed normal      {cell.words}", held, sets, least=0.89))
            lopsided = SHAPES[1].values(normals) - SHAPES[1].mean
            held = coverage("mean", 0.0, lopsided, systems, SIGNED)
            figures.append(Figure(f"signed lopsided    {cell.words}", held, sets))
    return figures


def shows_any_difference(
    losses: Numbers, tries: Tries | None = None, shares: Sequence[float] = ()
) -> bool:
    """Whether a table of runs, shape (runs, systems), tells any two of them apart.

    Without `tries`, each is the only run of its account.
    """
    order = np.argsort(losses.mean(axis=1), kind="stable")
    missing = np.zeros(losses.shape, dtype=np.int64)
    held = Losses(losses[order], missing, losses.shape[1])
    thresholds = Thresholds(tries or Tries.of_equals(held.distinct()))
    sorted_shares = [shares[at] for at in order] if shares else []
    table = Table(list(range(1, len(losses) + 1)), held, thresholds, sorted_shares)
    if table.why_unknown():
        return False
    for place in range(len(losses)):
        found = table.possible_ranks(place)
        if found is None or (found.low, found.high) != (1, len(losses)):
            return True
    return False


def equal_runs(
    runs: int, systems: int, alike: float, sets: int, rng: np.random.Generator
) -> Numbers:
    """Draw losses of equal runs, alike by system, shape (sets, runs, systems)."""
    common = rng.standard_normal((sets, 1, systems))
    own = rng.standard_normal((sets, runs, systems))
    return np.exp(math.sqrt(alike) * common + math.sqrt(1 - alike) * own)


def half_wins(runs: int, systems: int, sets: int, rng: np.random.Generator) -> Numbers:
    """Draw losses of runs that each win half of the systems, by very different margins."""
    sides = rng.choice([-1.0, 1.0], (sets, runs, systems))
    return sides * rng.lognormal(0, 2, (sets, runs, systems))


def rank_figures(
    counts: Iterable[int], systems: Iterable[int], sets: int, seed: int = SEED
) -> list[Figure]:
    """How often tables of equal runs show any difference."""
    rng = np.random.default_rng(seed)
    figures = []
    for runs, count in product(counts, systems):
        for what, drawn in (
            ("alike 0.2", equal_runs(runs, count, 0.2, sets, rng)),
            ("alike 0.8", equal_runs(runs, count, 0.8, sets, rng)),
            ("half wins", half_wins(runs, count, sets, rng)),
        ):
            share = sum(map(shows_any_difference, drawn)) / sets
            line = f"{runs:3} equal runs on {count:2} systems, {what}"
            figures.append(Figure(line, share, sets, most=0.05))
    return figures


def best_of_each(drawn: Numbers, results: Sequence[int]) -> Numbers:
    """Choose each account's best run by its mean; shape (accounts, systems)."""
    by_account = np.split(drawn, np.cumsum(results)[:-1])
    return np.stack([runs[runs.mean(axis=1).argmin()] for runs in by_account])


def tries_figures(
    accounts: Iterable[Sequence[int]], systems: Iterable[int], sets: int, seed: int = SEED
) -> list[Figure]:
    """How often tables of equal accounts show any difference, some of which try more than others.

    Each account has so many equal runs, and the best of them by its mean stands in the table.
    """
    rng = np.random.default_rng(seed)
    figures = []
    for results, count in product(accounts, systems):
        tries = count_tries(dict(enumerate(results)), {})
        shares = [share_of(one) for one in results]
        for what, drawn in (
            ("alike 0.2", equal_runs(sum(results), count, 0.2, sets, rng)),
            ("alike 0.8", equal_runs(sum(results), count, 0.8, sets, rng)),
            ("half wins", half_wins(sum(results), count, sets, rng)),
        ):
            found = [
                shows_any_difference(best_of_each(one, results), tries, shares) for one in drawn
            ]
            line = f"best of {'/'.join(map(str, results))} equal runs on {count:2} systems, {what}"
            figures.append(Figure(line, sum(found) / sets, sets, most=0.05))
    return figures


def other_shape_figures(sets: int, seed: int = SEED) -> list[Figure]:
    """How often runs of equal means and other shapes are told apart: no claim is made on means."""
    rng = np.random.default_rng(seed)
    figures = []
    for count in (20, 50):
        normal = rng.normal(1.0, 0.1, (sets, 1, count))
        rare = np.where(rng.random((sets, 1, count)) < 0.02, 50.0, 0.0)
        drawn = np.concatenate([normal, rare], axis=1)
        share = sum(map(shows_any_difference, drawn)) / sets
        figures.append(Figure(f"equal means, other shape on {count} systems", share, sets))
    return figures


def main(size: str) -> int:
    """Print the grid, or a few cells of it, and say whether every bound holds."""
    begun = time.perf_counter()
    if size == "short":
        blocks = short_figures()
    else:
        blocks = [
            *interval_figures(cells((5, 8, 12, 20, 50), fewest=5), sets=1000),
            *rank_figures((2, 5, 10, 50), (6, 10, 16, 20, 50), sets=1000),
            *tries_figures(
                ((1, 1, 1, 1000), (1, 30), (10, 10, 10), (1, 1, 3, 100)), (16, 20, 50), sets=1000
            ),
            *other_shape_figures(sets=1000),
        ]
    for one in blocks:
        bound = (
            f"wanted ≥ {one.least}"
            if one.least is not None
            else f"wanted ≤ {one.most}"
            if one.most is not None
            else "no bound"
        )
        print(f"{one.what}: {one.share:.3f}, {bound}{'' if one.holds else ': DOES NOT HOLD'}")
    worst = [one for one in blocks if not one.holds]
    took_s = time.perf_counter() - begun
    print(f"{len(blocks)} figures in {took_s:.0f} s, {len(worst)} out of bound")
    quick = [one.holds() for one in speed_figures()]
    return 1 if worst or not all(quick) else 0


def speed_figures() -> list[Duration]:
    """What ranking and intervals cost at the sizes of a large board and a large result."""
    rng = np.random.default_rng(SEED)
    losses = rng.lognormal(size=(10_000, 50))
    losses = losses[np.argsort(losses.mean(axis=1))]
    drawn = Losses(losses, np.zeros(losses.shape, dtype=np.int64), 50)
    table = board_table(list(range(1, 10_001)), drawn.pack(), Tries.of_equals(10_000))
    results = {at: 1 + at % 100 for at in range(10_000)}
    uneven = board_table(
        list(range(1, 10_001)),
        drawn.pack(),
        count_tries(results, {}),
        [share_of(one) for one in results.values()],
    )
    files = rng.lognormal(size=(10, 10_000))
    systems = Systems.of([number % 500 for number in range(10_000)])
    return [
        Duration("one entry against 10,000 over 50 systems", 5.0, partial(table.possible_ranks, 9)),
        Duration(
            "a page of 50 rows, uncached",
            100.0,
            lambda: [table.possible_ranks(place) for place in range(50)],
        ),
        Duration(
            "the same where accounts had 1 to 100 results",
            100.0,
            lambda: [uneven.possible_ranks(place) for place in range(50)],
        ),
        Duration(
            "intervals of a result of 10,000 files and 10 columns",
            200.0,
            lambda: [interval("mean", values, systems, ERROR) for values in files],
        ),
    ]


def short_figures() -> list[Figure]:
    """A few cells with few data sets, for the tests."""
    kinds = [Cell(5, 5, 0.5), Cell(8, 1, 0.8), Cell(20, 20, 0.5), Cell(50, 5, 0.2)]
    return [
        *interval_figures(kinds, sets=300),
        *rank_figures((2, 5), (10, 20), sets=300),
        *tries_figures(((1, 1, 30),), (20,), sets=300),
    ]


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
