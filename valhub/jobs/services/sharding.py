"""Dealing a run's files into shards of about equal work, the public ones apart and first.

A sandbox that has seen hidden data is thrown away before a public file, whose prints its author may
read: mixed shards would import the algorithm again for every public file. A worker keeps the
algorithm imported between shards of one run, so that small shards cost little.
"""

import heapq
from collections.abc import Sequence

from django.conf import settings

from valhub.analyses.models import DataFile
from valhub.evaluation.packages.tasks.parts import Part


def deal(files: Sequence[DataFile]) -> list[list[int]]:
    """Deal files out, the largest first, each to the shard with the least to do.

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
    return _deal(public, share) + _deal(hidden, count - share)


def _deal(files: Sequence[DataFile], count: int) -> list[list[int]]:
    if not files:
        return []
    count = max(1, min(len(files), count))
    heap: list[tuple[int, int]] = [(0, i) for i in range(count)]
    shards: list[list[int]] = [[] for _ in range(count)]
    for file in sorted(files, key=lambda one: (-one.size, one.ordinal)):
        load, lightest = heapq.heappop(heap)
        shards[lightest].append(file.pk)
        heapq.heappush(heap, (load + _load([file]), lightest))
    loads = {i: load for load, i in heap}
    return [shards[i] for i in sorted(range(count), key=lambda i: -loads[i])]


def _load(files: Sequence[DataFile]) -> int:
    """How much work files are, as far as their sizes say it."""
    return sum(file.size + 1 for file in files)
