"""Running a reader: a separate process that parses untrusted bytes within limits.

A reader is a module whose main program is `reader_process.serve`. It gets its request on stdin and
answers with one JSON document. It inherits none of the secrets in this process's environment, and
ends with the process that started it. What it writes to stderr goes to the log and nowhere else,
because it may name paths of this machine.
"""

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.packages.faults import Fault, InvalidPackage
from valhub.evaluation.received_values import problem_of

log = logging.getLogger(__name__)

# What Python, its environment and the number libraries need; secrets are in other variables.
_PASSED_ON = {
    "PATH",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TZDIR",
    "TMPDIR",
    "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
    "MALLOC_ARENA_MAX",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONPYCACHEPREFIX",
    "PYTHONTZPATH",
    "PYTHONUTF8",
}
_LOGGED_CHARACTERS = 4000


class ReaderFailed(EvaluationError):
    """The reader failed. This is not the fault of what it read; try again."""

    code = "reader-failed"


class ReaderLimitReached(EvaluationError):
    """Reading takes more processor time, memory or file size than the reader is allowed."""

    code = "reader-limit-reached"


@dataclass(frozen=True)
class ReaderLimits:
    """What a reader may take; where this machine's own limits are lower, those hold.

    Attributes
    ----------
    cpu_s : int
        Processor time of all its threads: the cost of what it reads, however busy the machine is.
    memory_bytes : int
        Address space; no file that it writes may be larger either.
    run_time_s : float
        From its start to its end, with all waiting.
    """

    cpu_s: int
    memory_bytes: int
    run_time_s: float


def run_reader(
    module: str,
    request: Mapping[str, Any],
    limits: ReaderLimits,
    *,
    descriptors: Sequence[int] = (),
) -> dict[str, Any]:
    """Have a module read something in a separate process.

    Parameters
    ----------
    module : str
        Its full name; its main program calls `reader_process.serve`.
    request : mapping
        What to read, as JSON can hold it.
    limits : ReaderLimits
        What that may take.
    descriptors : sequence of int
        Open files that it gets under the same numbers; all others are closed there.

    Returns
    -------
    dict
        What the module answers.

    Raises
    ------
    InvalidPackage
        With every fault found.
    ReaderLimitReached
        When processor time, memory or the size of a file reached its limit.
    ReaderFailed
        When the reader could not start, took too long, died, or gave no readable answer.
    OSError
        When the disk is full, with the number that the reader met.
    """
    order = json.dumps({"limits": asdict(limits), "request": request})
    done = _run(module, order, limits, descriptors)
    if done.returncode == -signal.SIGXCPU:
        raise ReaderLimitReached
    if done.returncode != 0:
        _log(module, f"status {done.returncode}", done.stderr)
        raise ReaderFailed("it was killed" if done.returncode < 0 else "the log has the reason")
    try:
        return _answer(_checked(json.loads(done.stdout)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        _log(module, f"unreadable answer: {error}", done.stderr)
        raise ReaderFailed("its answer was not readable") from error


def _run(
    module: str, order: str, limits: ReaderLimits, descriptors: Sequence[int]
) -> "subprocess.CompletedProcess[bytes]":
    try:
        # When the time is up, `run` kills the reader and waits for its end.
        return subprocess.run(
            [sys.executable, "-P", "-m", module, str(os.getpid())],
            input=order.encode(),
            env=_environment(),
            capture_output=True,
            check=False,
            timeout=limits.run_time_s,
            pass_fds=descriptors,
        )
    except subprocess.TimeoutExpired as error:
        _log(module, f"no answer after {limits.run_time_s:g} s", error.stderr)
        raise ReaderFailed(f"it took longer than {limits.run_time_s:g} s") from error
    except (OSError, ValueError) as error:
        _log(module, f"not started: {error}", None)
        raise ReaderFailed("this machine could not start another process") from error


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith("LC_") or name.endswith("_NUM_THREADS")
    }


def _checked(document: Any) -> dict[str, Any]:
    """Return a report that may be read; it quotes what a stranger wrote."""
    problem = problem_of(document) or ("" if isinstance(document, dict) else "no document")
    if problem:
        raise ValueError(problem)
    found: dict[str, Any] = document
    return found


def _answer(document: dict[str, Any]) -> dict[str, Any]:
    """Return what a reader found, or raise what it reports."""
    if "limit" in document:
        raise ReaderLimitReached
    if "disk_full" in document:
        number = int(document["disk_full"])
        raise OSError(number, os.strerror(number))
    if "faults" in document:
        faults = tuple(_fault(fault) for fault in document["faults"])
        raise InvalidPackage(document["name"], faults)
    found: dict[str, Any] = document["found"]
    return found


def _fault(document: dict[str, Any]) -> Fault:
    fault = Fault(**document)
    if not isinstance(fault.problem, str) or not isinstance(fault.fix, str):
        raise TypeError("a fault without words")
    return fault


def _log(module: str, trouble: str, stderr: bytes | None) -> None:
    written = (stderr or b"").decode(errors="replace")[-_LOGGED_CHARACTERS:]
    log.error("reader_failed module=%s trouble=%s stderr=%s", module, trouble, written)
