"""What the start of a web process costs: seconds, memory and modules.

Django is set up and `valhub.urls` imported in a fresh process, as a web server does it. Exit code 1
when a figure does not hold.
"""

import json
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from processes import environment_with, finished, peak_memory_bytes, python

ROOT = Path(__file__).resolve().parents[1]
STARTS = 7
MOST_S = 0.8
MOST_BYTES = 100_000_000
# What serves pages and accepts uploads has no use for these.
UNUSED = ("numpy", "pandas", "pyarrow", "valhub.evaluation.execution")


@dataclass(frozen=True)
class Start:
    """One start of a web process."""

    seconds: float
    processor_s: float
    peak_bytes: int
    modules: int
    unused: list[str]


def start() -> Start:
    """Start what a web process consists of, in this process."""
    begun = time.perf_counter()
    import django

    django.setup()
    import valhub.urls  # noqa: F401

    seconds = time.perf_counter() - begun
    ours = [name for name in sys.modules if name == "valhub" or name.startswith("valhub.")]
    unused = [name for name in UNUSED if name in sys.modules]
    return Start(seconds, time.process_time(), peak_memory_bytes(), len(ours), unused)


def fresh_start() -> Start:
    """Start it in a process of its own, on an empty folder."""
    with tempfile.TemporaryDirectory(prefix="valhub-startup-") as data:
        environment = environment_with(DJANGO_SETTINGS_MODULE="valhub.settings", VALHUB_DATA=data)
        said = finished(python(__file__, "once"), environment=environment)
    return Start(**json.loads(said))


def all_modules() -> int:
    """How many modules the product has, but for migrations."""
    return sum("migrations" not in path.parts for path in (ROOT / "valhub").rglob("*.py"))


def main() -> int:
    """Start a few times, print the medians, and say whether they hold."""
    fresh_start()  # writes the compiled modules
    starts = [fresh_start() for _ in range(STARTS)]
    seconds = statistics.median(one.seconds for one in starts)
    processor_s = statistics.median(one.processor_s for one in starts)
    peak_bytes = statistics.median(one.peak_bytes for one in starts)
    last = starts[-1]
    figures = [
        (
            "start of a web process, median",
            # On a busy machine the two differ: the process waits for a processor.
            f"{seconds:.2f} s, {processor_s:.2f} s of a processor with Python's own start",
            f"≤ {MOST_S} s",
            seconds <= MOST_S,
        ),
        (
            "its peak memory, median",
            f"{peak_bytes / 1e6:.0f} MB, {last.modules} of {all_modules()} modules loaded",
            f"≤ {MOST_BYTES / 1e6:.0f} MB",
            peak_bytes <= MOST_BYTES,
        ),
        (
            "what it loads and does not use",
            ", ".join(last.unused) or "nothing",
            f"none of {', '.join(UNUSED)}",
            not last.unused,
        ),
    ]
    for what, measured, wanted, holds in figures:
        print(f"{what}: {measured}, wanted {wanted}: {'holds' if holds else 'DOES NOT HOLD'}")
    return 0 if all(holds for *_, holds in figures) else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["once"]:
        print(json.dumps(asdict(start())))
    else:
        sys.exit(main())
