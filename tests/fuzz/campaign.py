"""A campaign: many cases, each of which must end within its time and memory, and not in a failure.

    python -m tests.fuzz.campaign AREA FIRST COUNT [FOLDER]

tries the cases of so many seeds, prints what it found, and writes those cases into the folder.
"""

import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fuzz.cases import AREAS, make_case
from tests.services.tied import tied

SOUND = ("sound", "faults")
MOST_BYTES = 1024**3
# The worker ends itself after too much processor time; this is for one that waits for ever.
MOST_S = 300.0
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Finding:
    """A case that ended as none may."""

    area: str
    seed: int
    outcome: str
    where: str = ""
    error: str = ""

    def __str__(self) -> str:
        return f"{self.area} {self.seed}: {self.outcome} at {self.where or '?'}: {self.error}"


class Judge:
    """A worker process, started again when a case has ended it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._unread = b""
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - as long as this lives

    def __enter__(self) -> "Judge":
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        self._errors.close()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            command = [sys.executable, "-m", "tests.fuzz.judge"]
            pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            self._process = tied(subprocess.Popen(command, cwd=ROOT, stderr=self._errors, **pipes))
        return self._process

    def _stop(self) -> int | None:
        """End the worker; return its status when it has ended by itself."""
        process, self._process, self._unread = self._process, None, b""
        if process is None:
            return None
        try:
            process.communicate(timeout=1)
            return process.returncode
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return None

    def _line(self) -> bytes | None:
        """Read a line of the worker's; none when it has ended, or takes longer."""
        out = self._running().stdout
        assert out is not None
        deadline = time.monotonic() + MOST_S
        while b"\n" not in self._unread:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([out], [], [], left)[0]:
                return None
            piece = os.read(out.fileno(), 65536)
            if not piece:
                return None
            self._unread += piece
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def judge(self, area: str, seed: int) -> dict[str, Any]:
        """Make one case, here, where what that takes does not count, and have it checked."""
        case = make_case(area, seed)
        with tempfile.NamedTemporaryFile(suffix=".zip") as archive:
            archive.write(case.content)
            archive.flush()
            line = self._ask(f"{'algorithm' if case.algorithm else 'package'} {archive.name}\n")
        if line is None:
            return {"outcome": how_it_ended(self._stop()), "where": self._last_place()}
        answer: dict[str, Any] = json.loads(line)
        if answer["held_bytes"] > MOST_BYTES // 2:
            self._stop()  # What it did not give back would count for the next case.
        return answer

    def _ask(self, order: str) -> bytes | None:
        orders = self._running().stdin
        assert orders is not None
        orders.write(order.encode())
        orders.flush()
        return self._line()

    def _last_place(self) -> str:
        """Find the product's innermost line in what a worker wrote when it was ended."""
        self._errors.seek(0)
        frames = re.findall(rb'File ".*?/valhub/(\S+)", line (\d+) in (\w+)', self._errors.read())
        self._errors.truncate(0)
        return "{}:{} {}".format(*(part.decode() for part in frames[0])) if frames else ""


def how_it_ended(status: int | None) -> str:
    """Say in a few words how a worker ended, or that it did not."""
    if status == -signal.SIGPROF:
        return "took too much processor time"
    return f"took over {MOST_S:g} s" if status is None else f"ended with status {status}"


def campaign(area: str, seeds: Iterable[int], judge: Judge) -> Iterator[Finding]:
    """Try the cases of an area, and yield those that end as none may."""
    for seed in seeds:
        answer = judge.judge(area, seed)
        what, where = answer["outcome"], answer.get("where", "")
        if what not in SOUND:
            yield Finding(area, seed, what, where, answer.get("error", ""))
        elif answer["peak_bytes"] > MOST_BYTES:
            yield Finding(area, seed, f"took {answer['peak_bytes'] >> 20} MiB")


def main(area: str, first: str, count: str, folder: str = "") -> None:
    """Try a range of seeds of one area, or of all."""
    places: dict[tuple[str, str, str], int] = {}
    with Judge() as judge:
        for one in AREAS if area == "all" else [area]:
            for found in campaign(one, range(int(first), int(first) + int(count)), judge):
                key = (found.area, found.outcome, found.where)
                places[key] = places.get(key, 0) + 1
                if places[key] > 1:
                    continue
                sys.stdout.write(f"{found}\n")
                sys.stdout.flush()
                if folder:
                    case = make_case(found.area, found.seed)
                    (Path(folder) / f"{found.area}-{found.seed}.zip").write_bytes(case.content)
    sys.stdout.write("".join(f"{count:5} {' '.join(key)}\n" for key, count in places.items()))


if __name__ == "__main__":
    main(*sys.argv[1:])
