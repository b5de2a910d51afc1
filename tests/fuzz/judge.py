"""The worker of a campaign: checks one case after the other, and watches its own memory.

    python -m tests.fuzz.judge

Each line of stdin names the archive of a case, after `algorithm` or `package`. The answer is a line
of JSON with what became of it: the outcome, the cost, and where it failed. A case that takes too
much processor time ends the process, with the place on stderr.
"""

import faulthandler
import json
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.fuzz.cases import FUNCTION, OFFERED
from valhub.evaluation.algorithm_inspection import AlgorithmRequest
from valhub.evaluation.algorithm_reading import read_algorithm
from valhub.evaluation.inspection import InspectionRequest
from valhub.evaluation.package_reading import read_package
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.faults import InvalidPackage
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.script_package import ANNOTATION
from valhub.evaluation.packages.tasks.dataset import check_data
from valhub.evaluation.packages.tasks.task_package import TaskPackage
from valhub.evaluation.reader import ReaderLimits
from valhub.evaluation.scoring.metrics import KNOWN_NAMES

PREPARED_BYTES = 100 * 1024**2
# What reads in this process asks for no limits; the campaign holds it to its own.
UNLIMITED = ReaderLimits(cpu_s=0, memory_bytes=0, run_time_s=0)
# Only so that the machine outlives a case; what a case may take is far less.
ADDRESS_SPACE_BYTES = 6 * 1024**3
# Of all threads together, so that a busy machine makes no difference.
MOST_CPU_S = 10.0
# A person reads this. The product has its own caps, below these.
LONGEST_FAULT = 2_000
LONGEST_MESSAGE = 200_000


def check(kind: str, path: Path, folder: Path) -> str:
    """Read a case as a hub reads an upload, and look at sound data as `valhub check` does."""
    with path.open("rb") as archive:
        common: dict[str, Any] = {
            "archive": archive.fileno(),
            "unpacked": str(folder / "unpacked"),
            "name": "case.zip",
            "slots": "",
            "slot_wait_s": 0.0,
            "limits": UNLIMITED,
        }
        if kind == "algorithm":
            offered = OfferedArguments(OFFERED)
            read_algorithm(AlgorithmRequest(**common, function=FUNCTION, offered=offered))
        else:
            check_package(common, folder)
    return "sound"


def check_package(common: dict[str, Any], folder: Path) -> None:
    store = str(folder / "store")
    request = InspectionRequest(
        **common, annotation=ANNOTATION, store=store, read_at_once_bytes=PREPARED_BYTES
    )
    json.dumps(read_package(request).document()).encode()
    package = open_package(folder / "unpacked", known=KNOWN_NAMES, name="case.zip")
    if isinstance(package, TaskPackage):
        "\n".join(check_data(package)).encode()


def outcome(kind: str, path: Path) -> dict[str, Any]:
    """Tell what becomes of a case: sound, faults, or a failure with its place."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return {"outcome": check(kind, path, Path(folder))}
        except InvalidPackage as error:
            return shown(error)
        except Exception as error:  # noqa: BLE001 - the fuzz looks for all of them
            return {"outcome": "traceback", **place(error)}


def shown(error: InvalidPackage) -> dict[str, Any]:
    """Look at a message as those do who print, store or send it."""
    longest = max(len(str(fault)) for fault in error.faults)
    json.dumps([asdict(fault) for fault in error.faults]).encode()
    if longest > LONGEST_FAULT or len(str(error)) > LONGEST_MESSAGE:
        where = re.sub(r"\d+", "N", error.faults[0].problem[:60])
        return {"outcome": "long message", "where": where, "error": f"{longest} characters"}
    try:
        str(error).encode()
    except UnicodeError as unprintable:
        return {"outcome": "unprintable", "where": "message", "error": str(unprintable)[:300]}
    return {"outcome": "faults"}


def place(error: BaseException) -> dict[str, str]:
    """Name the innermost line of the product's own code, and the error."""
    frames = [
        one for one in traceback.extract_tb(error.__traceback__) if "/valhub/" in one.filename
    ]
    last = frames[-1]
    where = f"{last.filename.partition('/valhub/')[2]}:{last.lineno} {last.name}"
    text = "".join(traceback.format_exception_only(error))
    return {"where": where, "error": text[:300].encode(errors="backslashreplace").decode()}


def held_bytes(name: str) -> int:
    """Return what this process holds (VmRSS), or the most since the peak was forgotten (VmHWM)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) * 1024


def judged(kind: str, path: Path) -> dict[str, Any]:
    """Check a case, and add what it took."""
    Path("/proc/self/clear_refs").write_text("5")
    signal.setitimer(signal.ITIMER_PROF, MOST_CPU_S)
    started = time.process_time()
    what = outcome(kind, path)
    signal.setitimer(signal.ITIMER_PROF, 0)
    cost = {"cpu_s": time.process_time() - started, "peak_bytes": held_bytes("VmHWM")}
    return {**what, **cost, "held_bytes": held_bytes("VmRSS")}


def main() -> None:
    """Answer one case after the other."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES,) * 2)
    faulthandler.register(signal.SIGPROF, chain=True)
    warnings.simplefilter("ignore")  # Python warns of what it finds in strangers' sources.
    for line in sys.stdin:
        kind, _, path = line.rstrip("\n").partition(" ")
        print(json.dumps(judged(kind, Path(path))), flush=True)  # noqa: T201 - to the campaign


if __name__ == "__main__":
    main()
