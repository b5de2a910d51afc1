"""How one submission would scale to 64 workers, simulated with the durations of a real run.

The policy is the hub's own: how files are dealt into shards, and what of a shard an idle worker
takes over. Durations are processor seconds of the change-point example on the first task, by file.
Exit code 1 when a figure does not hold.
"""

import csv
import heapq
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import django

DURATIONS = Path(__file__).with_name("cluster_durations.csv")
WORKERS = (1, 2, 4, 8, 16, 32, 64)
# A sandbox and the import of the usual libraries, once for each worker.
IMPORT_S = 2.0
LOOK_S = 0.25


@dataclass(frozen=True)
class File:
    """A file as it is dealt, and how long it takes."""

    pk: int
    size: int
    public: bool
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
    done: list[int] = field(default_factory=list)

    def step(self, worker: Worker, now: float) -> float:
        """Let a worker end its file and begin the next; gives when it is to be asked again."""
        shard = worker.shard
        if shard is not None and worker.at_hand is not None:
            shard.left.remove(worker.at_hand)
            shard.progressed_at = now
            if worker.at_hand not in self.done:
                self.done.append(worker.at_hand)
        if shard is None or not self._next_of(shard):
            shard = worker.shard = self._claimed(now)
        if shard is None:
            worker.at_hand = None
            return now + LOOK_S
        worker.at_hand = self._next_of(shard)[0]
        begun, worker.imported = now + (0.0 if worker.imported else IMPORT_S), True
        return begun + self.files[worker.at_hand].seconds

    def _next_of(self, shard: Shard) -> list[int]:
        shard.left = [pk for pk in shard.left if pk not in self.done]
        return shard.left

    def _claimed(self, now: float) -> Shard | None:
        for shard in self.shards:
            if shard.progressed_at is None:
                shard.progressed_at = now
                return shard
        return self._taken_over(now)

    def _taken_over(self, now: float) -> Shard | None:
        """A part of somebody else's shard, as `valhub.jobs.services.spreading` takes it."""
        from valhub.jobs.services.spreading import half_of, second_try

        took = [self.files[pk].seconds for pk in self.done]
        mean_s = sum(took) / len(took) if took else None
        held = [one for one in self.shards if self._next_of(one)]
        for shard in sorted(held, key=lambda one: one.progressed_at or 0.0):
            still_s = now - (shard.progressed_at or 0.0)
            part = half_of(shard.left, mean_s, still_s)
            if part is None and not any(one.left == shard.left for one in held if one != shard):
                part = second_try(shard.left, mean_s, still_s)
            if part is not None:
                if part.leaves:
                    shard.left = [pk for pk in shard.left if pk not in part.files]
                self.shards.append(Shard(list(part.files), now))
                return self.shards[-1]
        return None


def simulated(files: Sequence[File], workers: int) -> float:
    """Seconds that a run takes with so many workers."""
    from valhub.jobs.services.sharding import deal

    run = Run({one.pk: one for one in files}, [Shard(pks) for pks in deal(files)])
    asked = [(0.0, number) for number in range(workers)]
    everybody = [Worker() for _ in asked]
    now = 0.0
    while len(run.done) < len(files):
        now, number = heapq.heappop(asked)
        heapq.heappush(asked, (run.step(everybody[number], now), number))
    return now


def recorded() -> list[File]:
    """Read the durations."""
    with DURATIONS.open() as lines:
        return [
            File(number, int(row["bytes"]), row["public"] == "yes", float(row["seconds"]))
            for number, row in enumerate(csv.DictReader(lines), 1)
        ]


def main() -> int:
    """Simulate, print, and say whether the run is as short as it can be, nearly."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "valhub.settings"
    django.setup()
    from valhub.jobs.services.spreading import WORTH_S

    files = recorded()
    total_s, longest_s = sum(one.seconds for one in files), max(one.seconds for one in files)
    print(f"simulated: {len(files)} files, {total_s:.0f} s in all, {longest_s:.1f} s the longest")
    alone_s = simulated(files, 1)
    holds = True
    for workers in WORKERS:
        took_s = simulated(files, workers)
        # Nobody can be faster than this: everybody imports, and no file is divided.
        limit_s = IMPORT_S + max(longest_s, total_s / workers)
        # What takes less than WORTH_S is not divided, and whoever takes a part over imports first.
        holds = holds and took_s <= limit_s + WORTH_S + IMPORT_S + LOOK_S
        efficiency = alone_s / took_s / workers
        print(
            f"  {workers:2} workers: {took_s:6.1f} s, {alone_s / took_s:5.1f} times as fast, "
            f"efficiency {efficiency:.2f}; at best {limit_s:.1f} s"
        )
    print(
        f"  the limit: {IMPORT_S:.0f} s of import for each worker, the longest file, and shards "
        f"with less than {WORTH_S:.0f} s left, which are not divided; within these: "
        f"{'holds' if holds else 'DOES NOT HOLD'}"
    )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
