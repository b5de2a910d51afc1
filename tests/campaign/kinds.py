"""The five kinds of submission of a soak: what comes of each is the same whenever it is run.

A file costs a little of everything, so that a cost that is wrong shows: processor time, run time
and memory.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tiny.packing import SCRIPT_EXAMPLE, TINY, zipped
from tiny.wheels import build_wheel

TASK, SCRIPT = "task", "script"
# No machine is so busy that a file without a fault takes so long.
TIMEOUT_S = 10
MEMORY_BYTES = 256 * 1024**2
# Submissions with requirements of their own take turns with these, so that many are installed.
VERSIONS = 40
# No environment of an earlier soak shall serve.
NUMBER = "{seed}.{version}"
# Cut off in its middle, an upload of this size has been begun to be read.
_PADDING = "padding " * 32_768
_COSTS = """import threading
import time

def work(seconds=0.1, megabytes=40):
    held = bytearray(megabytes * 1024**2)
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    time.sleep(4 * seconds)
    return held
"""
# The azimuth is the first value of each file: 150, 160, 170 or 180 degrees.
_SOUND = """
def estimate_azimuth(series):
    work()
    return float(series.iloc[0]) + 2
"""
_PARTLY_FAILING = """
def estimate_azimuth(series):
    azimuth = float(series.iloc[0])
    work()
    if azimuth == 160:
        raise ValueError("This roof has no azimuth.")
    return "south" if azimuth == 170 else azimuth + 1
"""
_BEYOND_LIMITS = """
def estimate_azimuth(series):
    azimuth = float(series.iloc[0])
    work()
    if azimuth == 160:
        threading.Event().wait()
    if azimuth == 170:
        held = [work(0, 16) for _ in range(1000)]
    return azimuth
"""
_WITH_REQUIREMENTS = """
import tiny_offset

def predict(days):
    work()
    return [tiny_offset.OFFSET for day in days]
"""
_WRONG_OUTPUT = """
def predict(days):
    work()
    return [0] * (len(days) - 1)
"""


@dataclass(frozen=True)
class Costs:
    """What one file took; None for what was not measured."""

    wall_s: float | None
    cpu_s: float | None
    memory_bytes: int


# What `work` takes at least, wherever it runs.
LEAST = Costs(wall_s=0.5, cpu_s=0.09, memory_bytes=40 * 1024**2)


@dataclass(frozen=True)
class Kind:
    """A kind of submission.

    Attributes
    ----------
    analysis : str
        `TASK` or `SCRIPT`, where it is handed in.
    archive : callable
        Packs one by the soak's seed and a number; what comes of it is the same for all.
    verdicts : tuple of str
        What is said of its files, in their order, when nothing disturbs them.
    """

    analysis: str
    archive: Callable[[int, int], bytes]
    verdicts: tuple[str, ...]


def _for_task(source: str, *verdicts: str) -> Kind:
    def pack(seed: int, number: int) -> bytes:
        return zipped(
            TINY / "algorithm", submission_wrapper__py=_COSTS + source, notes__txt=_PADDING
        )

    return Kind(TASK, pack, verdicts)


def _for_script(source: str, verdict: str, requirements: str = "") -> Kind:
    def pack(seed: int, number: int) -> bytes:
        changed = {"main__py": _COSTS + source, "notes__txt": _PADDING}
        if requirements:
            version = NUMBER.format(seed=seed, version=number % VERSIONS)
            changed["requirements__txt"] = requirements.format(version=version)
        return zipped(SCRIPT_EXAMPLE / "algorithm", **changed)

    return Kind(SCRIPT, pack, (verdict,))


_GOOD = "scored"
KINDS = {
    "sound": _for_task(_SOUND, _GOOD, _GOOD, _GOOD, _GOOD),
    "own requirements": _for_script(_WITH_REQUIREMENTS, _GOOD, "tiny-offset=={version}\n"),
    "partly failing": _for_task(_PARTLY_FAILING, _GOOD, "error", "invalid_output", _GOOD),
    "beyond limits": _for_task(_BEYOND_LIMITS, _GOOD, "timeout", "out_of_memory", _GOOD),
    "wrong output": _for_script(_WRONG_OUTPUT, "organiser_error"),
}


def packages() -> dict[str, bytes]:
    """The two analyses' packages."""
    config = json.loads((TINY / "task" / "config.json").read_text())
    config["limits"] = {"timeout_s": TIMEOUT_S, "memory_bytes": MEMORY_BYTES}
    task = zipped(TINY / "task", config__json=json.dumps(config))
    return {TASK: task, SCRIPT: zipped(SCRIPT_EXAMPLE / "analysis")}


def write_wheels(folder: Path, seed: int) -> dict[str, str]:
    """Write what the requirements name; gives the settings with which a hub finds it too."""
    for version in range(VERSIONS):
        number = NUMBER.format(seed=seed, version=version)
        build_wheel(folder, "tiny_offset", number, {"tiny_offset.py": "OFFSET = 10\n"})
    others = os.environ.get("UV_FIND_LINKS") or os.environ.get("PIP_FIND_LINKS", "")
    return {"UV_FIND_LINKS": f"{folder} {others}".strip()}
