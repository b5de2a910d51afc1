"""How one submission would scale to 64 workers, simulated with two loads.

The policy is the hub's own: how files are dealt into shards, and what of a shard an idle worker
takes over. The order is drawn for each run, so the slowest of several draws counts. The loads are
the processor seconds of the change-point example on the first task, by file, and a heavy-tailed
one. Exit code 1 when a figure does not hold.
"""

import csv
import heapq
import os
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import django
from django.test import override_settings

from valhub.evaluation.packages.tasks.parts import Part

if TYPE_CHECKING:
    from valhub.jobs.services.spreading import Part

DURATIONS = Path(__file__).with_name("cluster_durations.csv")
WORKERS = (1, 2, 4, 8, 16, 32, 64)
# A sandbox and the import of the usual libraries, once for each worker.
IMPORT_S = 2.0
LOOK_S = 0.25
# A hub with a queue deals a submission into so many shards, unless its settings say otherwise.
SHARDS = 64
DRAWS = 5
# What a published study of 138 files reports: 137 minutes in series, 826 s for the longest file.
STUDY_FILES, STUDY_TOTAL_S, STUDY_LONGEST_S = 138, 137 * 60.0, 826.0
# How far a run of the study's length may be from the bound.
STUDY_WITHIN = 1.03


@dataclass(frozen=True)
class File:
    """A file as it is dealt, and how long it takes."""

    pk: int
    size: int
    part: Part
    seconds: float

    @property
    def ordinal(self) -> int:
        """Its place among the files of the task."""
        return self.pk


@dataclass
class Shard:
    """Files without a result; the first is at hand when there is a worker."""

    left: list[int]
    progressed_at: float | None = None
    ended: bool = False


@dataclass
class Worker:
    """Somebody who holds a shard, and has the algorithm imported after the first one."""

    shard: Shard | None = None
    at_hand: int | None = None
    imported: bool = False


@dataclass
class Run:
    """The files of a run in shards, and which are done."""

    files: dict[int, File]
    shards: list[Shard]
    done: set[int] = field(default_factory=set)
    chance: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311

    def step(self, worker: Worker, now: float) -> float:
        """Let a worker end its file and begin the next; gives when it is to be asked again."""
        shard = worker.shard
        if shard is not None and worker.at_hand is not None:
            shard.progressed_at = now
            # The first answer counts: of two workers at one file, the second one changes nothing.
            self.done.add(worker.at_hand)
        if shard is None or not self._left_of(shard):
            shard = worker.shard = self._next_shard(shard, now)
        if shard is None:
            worker.at_hand = None
            return now + LOOK_S
        worker.at_hand = self._left_of(shard)[0]
        begun, worker.imported = now + (0.0 if worker.imported else IMPORT_S), True
        return begun + self.files[worker.at_hand].seconds

    def _left_of(self, shard: Shard) -> list[int]:
        return [pk for pk in shard.left if pk not in self.done]

    def _next_shard(self, ended: Shard | None, now: float) -> Shard | None:
        """End a worker's shard, and give it one that nobody holds, or a part of somebody's."""
        if ended is not None:
            ended.ended = True
        for shard in self.shards:
            if shard.progressed_at is None and self._left_of(shard):
                shard.progressed_at = now
                return shard
        return self._taken_over(now)

    def _taken_over(self, now: float) -> Shard | None:
        """A part of somebody else's shard, as `valhub.jobs.services.spreading` takes it."""
        from valhub.jobs.services.spreading import CONSIDERED

        held = [one for one in self.shards if not one.ended]
        begun = [one for one in held if now - (one.progressed_at or 0.0) > 1.0]
        slowest = sorted(begun, key=lambda one: one.progressed_at or 0.0)[:CONSIDERED]
        self.chance.shuffle(slowest)
        for shard in slowest:
            part = self._part_of(shard, held, now)
            if part is not None:
                if part.leaves:
                    shard.left = [pk for pk in shard.left if pk not in part.files]
                self.shards = [*held, Shard(list(part.files), now)]
                return self.shards[-1]
        return None

    def _part_of(self, shard: Shard, held: Iterable[Shard], now: float) -> "Part | None":
        """What of a shard is better done by somebody else, each of whom has a machine alone."""
        from valhub.jobs.services.spreading import half_of, second_try

        took = [self.files[pk].seconds for pk in self.done]
        mean_s = sum(took) / len(took) if took else None
        left, still_s = self._left_of(shard), now - (shard.progressed_at or 0.0)
        half = half_of(left, mean_s, still_s)
        if half is not None or not left:
            return half
        doubled = any(left[0] in one.left for one in held if one is not shard)
        return None if doubled else second_try(left, mean_s, still_s)


def simulated(files: Sequence[File], workers: int, draw: int = 0) -> float:
    """Seconds that a run takes with so many workers, in one order of its files."""
    from valhub.jobs.services.sharding import deal, in_turn

    chance = random.Random(draw)  # noqa: S311 - the same in every run of this benchmark
    with override_settings(SHARDS=SHARDS):
        shards = in_turn(deal(files, chance), files, chance)
    run = Run({one.pk: one for one in files}, [Shard(pks) for pks in shards])
    asked = [(0.0, number) for number in range(workers)]
    everybody = [Worker() for _ in asked]
    now = 0.0
    while len(run.done) < len(files):
        now, number = heapq.heappop(asked)
        heapq.heappush(asked, (run.step(everybody[number], now), number))
    return now


def recorded() -> list[File]:
    """Read the durations of the change-point example."""
    parts = {"yes": Part.PUBLIC, "no": Part.HIDDEN}
    with DURATIONS.open() as lines:
        return [
            File(number, int(row["bytes"]), parts[row["public"]], float(row["seconds"]))
            for number, row in enumerate(csv.DictReader(lines), 1)
        ]


def heavy_tailed(
    count: int = STUDY_FILES, total_s: float = STUDY_TOTAL_S, longest_s: float = STUDY_LONGEST_S
) -> list[File]:
    """Make files of which the n-th longest takes `longest_s / n**a`; `a` is such that they add up.

    The size of a file says how long it takes, as with records of different length.
    """
    low, high = 0.0, 10.0
    for _ in range(100):
        power = (low + high) / 2
        seconds = [longest_s / rank**power for rank in range(1, count + 1)]
        low, high = (power, high) if sum(seconds) > total_s else (low, power)
    return [
        File(rank, int(1000 * s), part=Part.HIDDEN, seconds=s) for rank, s in enumerate(seconds, 1)
    ]


def least_s(files: Sequence[File], workers: int) -> float:
    """What nobody can be faster than: everybody imports, and no file is divided."""
    seconds = [one.seconds for one in files]
    return IMPORT_S + max(*seconds, sum(seconds) / workers)


def report(what: str, files: Sequence[File], most_s: Callable[[float], float]) -> bool:
    """Simulate and print a load; gives whether each run took at most what its bound allows."""
    seconds = [one.seconds for one in files]
    print(f"{what}: {len(files)} files, {sum(seconds):.0f} s in all, longest {max(seconds):.1f} s")
    alone_s, holds = simulated(files, 1), True
    for workers in WORKERS:
        took_s = max(simulated(files, workers, draw) for draw in range(DRAWS))
        bound_s = least_s(files, workers)
        holds = holds and took_s <= most_s(bound_s)
        print(
            f"  {workers:2} workers: {took_s:7.1f} s, {alone_s / took_s:5.1f} times as fast, "
            f"efficiency {alone_s / took_s / workers:.2f}; "
            f"{took_s / bound_s:.3f} of the bound, {bound_s:.1f} s"
        )
    print(f"  {'holds' if holds else 'DOES NOT HOLD'}")
    return holds


def main() -> int:
    """Simulate, print, and say whether the runs are as short as they can be, nearly."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "valhub.settings"
    django.setup()
    from valhub.jobs.services.spreading import WORTH_S

    print(f"The bound: {IMPORT_S:.0f} s of import, and the longest file or a worker's equal share.")
    # What takes less than WORTH_S is not divided, and whoever takes a part over imports first.
    short = report("change-point", recorded(), lambda bound: bound + WORTH_S + IMPORT_S + LOOK_S)
    study = report("like a published study", heavy_tailed(), lambda bound: bound * STUDY_WITHIN)
    return 0 if short and study else 1


if __name__ == "__main__":
    sys.exit(main())
