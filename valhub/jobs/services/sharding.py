"""Dealing a run's files into shards of about equal work, the public ones apart and first.

A sandbox that has seen hidden data is thrown away before a public file, whose prints its author may
read: mixed shards would import the algorithm again for every public file. A worker keeps the
algorithm imported between shards of one run, so that small shards cost little.

Which files share a shard, their order in it and the order of the shards are drawn for each run. All
of it is stored with the shards, so that a restart changes nothing.
"""

import heapq
from collections.abc import Sequence
from random import Random, SystemRandom

from django.conf import settings

from valhub.analyses.models import DataFile
from valhub.evaluation.file_order import longest_first
from valhub.evaluation.packages.tasks.parts import Part


def deal(files: Sequence[DataFile], chance: Random | None = None) -> list[list[int]]:
    """Deal files out, about the largest first, each to the shard with the least to do.

    Parameters
    ----------
    files : sequence of DataFile
        All of a run.
    chance : random.Random, optional
        Draws the order, see `longest_first`; `SystemRandom` by default.

    Returns
    -------
    list of list of int
        Keys of the files by shard; shards of public files come first, and of either kind the
        heaviest shard first.
    """
    public = [file for file in files if file.part == Part.PUBLIC]
    hidden = [file for file in files if file.part != Part.PUBLIC]
    count = settings.SHARDS
    share = round(count * _load(public) / max(_load(files), 1))
    chance = chance or SystemRandom()
    return _deal(public, share, chance) + _deal(hidden, count - share, chance)


def in_turn(
    shards: Sequence[list[int]], files: Sequence[DataFile], chance: Random | None = None
) -> list[list[int]]:
    """Draw the order in which shards are claimed: public ones first, those of long files early.

    What is left at the end are short files then, which workers with nothing to do can share.
    """
    by_key = {file.pk: file for file in files}

    def longest(shard: list[int]) -> int:
        return 1 + max(by_key[pk].size for pk in shard)

    drawn = longest_first(shards, longest, chance or SystemRandom())
    return sorted(drawn, key=lambda shard: by_key[shard[0]].part != Part.PUBLIC)


def _deal(files: Sequence[DataFile], count: int, chance: Random) -> list[list[int]]:
    if not files:
        return []
    count = max(1, min(len(files), count))
    heap: list[tuple[int, int]] = [(0, i) for i in range(count)]
    shards: list[list[int]] = [[] for _ in range(count)]
    for file in longest_first(files, lambda one: one.size + 1, chance):
        load, lightest = heapq.heappop(heap)
        shards[lightest].append(file.pk)
        heapq.heappush(heap, (load + _load([file]), lightest))
    loads = {i: load for load, i in heap}
    return [shards[i] for i in sorted(range(count), key=lambda i: -loads[i])]


def _load(files: Sequence[DataFile]) -> int:
    """How much work files are, as far as their sizes say it."""
    return sum(file.size + 1 for file in files)
