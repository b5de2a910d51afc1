"""The main program of every reader: take a request from stdin, limit itself, read, and answer.

    python -P -m MODULE PARENT < {"limits": …, "request": …} > {"found": …}

Instead of `found` it answers `name` and `faults`, `limit` or `disk_full`; `reader` started it, and
turns these into errors.
"""

import errno
import json
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from valhub.evaluation.lifeline import end_with_parent
from valhub.evaluation.packages.faults import InvalidPackage
from valhub.evaluation.reader import ReaderLimits

_FULL = (errno.ENOSPC, errno.EDQUOT)
_TOO_LARGE = (errno.ENOMEM, errno.EFBIG)
# At the soft limit the kernel sends SIGXCPU, by which the parent recognises it; at the hard one,
# SIGKILL. So there has to be time between them.
_BETWEEN_CPU_LIMITS_S = 5


def serve(read: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Answer the one request of this process, and end it.

    Parameters
    ----------
    read : callable
        Gets the request, and returns what it found as JSON can hold it.
    """
    end_with_parent(int(sys.argv[1]))
    order = json.load(sys.stdin.buffer)
    _limit(ReaderLimits(**order["limits"]))
    sys.stdout.write(_answer(read, order["request"]))
    sys.stdout.flush()
    # Nothing is left to clean up, and pyarrow's threads are slow to end.
    os._exit(0)


def _limit(limits: ReaderLimits) -> None:
    cpu_s = limits.cpu_s
    _lower(resource.RLIMIT_AS, limits.memory_bytes, limits.memory_bytes)
    _lower(resource.RLIMIT_FSIZE, limits.memory_bytes, limits.memory_bytes)
    _lower(resource.RLIMIT_CPU, cpu_s, cpu_s + _BETWEEN_CPU_LIMITS_S)
    # A dump of its memory would hold the truth.
    _lower(resource.RLIMIT_CORE, 0, 0)


def _lower(kind: int, soft: int, hard: int) -> None:
    """Set a limit, unless this machine's own hard limit is lower: that cannot be raised."""
    allowed = resource.getrlimit(kind)[1]
    if allowed != resource.RLIM_INFINITY:
        soft, hard = min(soft, allowed), min(hard, allowed)
    resource.setrlimit(kind, (soft, hard))


def _answer(read: Callable[[dict[str, Any]], dict[str, Any]], request: dict[str, Any]) -> str:
    try:
        return json.dumps({"found": read(request)})
    except InvalidPackage as error:
        faults = [asdict(fault) for fault in error.faults]
        return json.dumps({"name": error.name, "faults": faults})
    except MemoryError:
        return json.dumps({"limit": True})
    except OSError as error:
        if error.errno in _TOO_LARGE:
            return json.dumps({"limit": True})
        if error.errno in _FULL:
            return json.dumps({"disk_full": error.errno})
        raise
