"""Dealing a run's files into shards of about equal work."""

import heapq
from collections.abc import Sequence

from django.conf import settings

from valhub.analyses.models import DataFile

# Several shards a worker, so that nobody waits long for the last one; a worker keeps the algorithm
# imported between shards of one run, so that small shards cost little.
SHARDS_PER_WORKER = 4


def deal(files: Sequence[DataFile]) -> list[list[int]]:
    """Deal files out, the largest first, each to the shard with the least to do.

    Returns
    -------
    list of list of int
        Keys of the files by shard, the heaviest shard first.
    """
    count = max(1, min(len(files), SHARDS_PER_WORKER * settings.WORKERS))
    heap: list[tuple[int, int]] = [(0, i) for i in range(count)]
    shards: list[list[int]] = [[] for _ in range(count)]
    for file in sorted(files, key=lambda one: (-one.size, one.ordinal)):
        load, lightest = heapq.heappop(heap)
        shards[lightest].append(file.pk)
        heapq.heappush(heap, (load + file.size + 1, lightest))
    loads = {i: load for load, i in heap}
    return [shards[i] for i in sorted(range(count), key=lambda i: -loads[i])]
