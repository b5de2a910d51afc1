"""What a call cost and how much of the reference it answered, read off a file's result."""

import math

from valhub.evaluation.results import FileOutcome

BYTES_PER_MEBIBYTE = 2**20
RUN_TIME = "runtime"
# Names of the metrics that only control groups measure in a way that nothing inside can evade.
CPU_TIME = "cpu_time"
PEAK_MEMORY = "peak_memory"


def runtime(result: FileOutcome) -> float:
    """Run time of the call in seconds, measured outside the sandbox; NaN if not measured.

    Notes
    -----
    Source: the host's monotonic clock.
    """
    return math.nan if result.wall_s is None else result.wall_s


def cpu_time(result: FileOutcome) -> float:
    """CPU time of the call in seconds, over all its threads and processes; NaN if not measured.

    Notes
    -----
    Source: user plus system time as the kernel accounts for it in the sandbox's control group.
    """
    return math.nan if result.cpu_s is None else result.cpu_s


def unmeasured(result: FileOutcome) -> frozenset[str]:
    """Name the costs of a call that could not be measured."""
    costs = {RUN_TIME: result.wall_s, CPU_TIME: result.cpu_s}
    return frozenset(name for name, value in costs.items() if value is None)


def peak_memory(result: FileOutcome) -> float:
    """Highest memory use during the call in MiB (1 MiB = 1,048,576 bytes).

    Notes
    -----
    Source: the sandbox's memory accounting.
    """
    return result.peak_memory_bytes / BYTES_PER_MEBIBYTE


def coverage(result: FileOutcome) -> float:
    """Share of the reference's values that were answered before any filling, 0 to 1.

    Notes
    -----
    Source: alignment, which counts every missing or NaN answer against it.
    """
    return result.coverage
