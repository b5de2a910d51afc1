"""The cluster's figures, one part after the other; exit code 1 when one does not hold.

    cluster.py              everything
    cluster.py growth       only some parts

The servers are Debian's, each started for its part and ended after it.
"""

import sys
import tempfile
from pathlib import Path

from processes import environment_with, holds, python

HERE = Path(__file__).parent
# Servers are started as the tests do it.
TESTS = HERE.parent / "tests"
PARTS = {
    "machines": "one submission on one, two and four machines",
    "simulation": "the same on up to 64 workers, simulated",
    "dispatch": "what handing a shard to a worker costs, on each broker",
    "growth": "enqueueing, sweeping and claiming after 100,000 submissions",
}


def measured(part: str) -> bool:
    """Run one part; gives whether its figures hold."""
    print(f"== {part}: {PARTS[part]}", flush=True)
    with tempfile.TemporaryDirectory(prefix="valhub-cluster-") as data:
        told = {"PYTHONPATH": str(TESTS), "VALHUB_DATA": data}
        told["DJANGO_SETTINGS_MODULE"] = "valhub.settings"
        return holds(python(HERE / f"cluster_{part}.py"), environment=environment_with(**told))


def main(parts: list[str]) -> int:
    """Run the parts that are asked for, or all."""
    if unknown := [part for part in parts if part not in PARTS]:
        print(f"There is no part {unknown[0]!r}; there are {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    missed = [part for part in parts or PARTS if not measured(part)]
    print(f"Does not hold: {', '.join(missed)}." if missed else "Everything holds.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
