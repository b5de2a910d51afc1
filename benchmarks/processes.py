"""Processes of the benchmarks: started, asked to measure, measured, and always ended.

What a benchmark measures lies in a process of its own, so that one measurement leaves nothing
behind for the next.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

Timings = dict[str, list[float]]
Command = Sequence[str | Path]


def python(*words: str | Path) -> list[str | Path]:
    """Write a command of this very Python."""
    return [sys.executable, *words]


def environment_with(**changed: str) -> dict[str, str]:
    """Give this process' environment, but for some variables."""
    return {**os.environ, **changed}


@contextmanager
def running(
    command: Command, *, environment: Mapping[str, str] | None = None, output: IO[Any] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process as long as the block lasts; what it says goes to `output`, errors too."""
    process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def finished(command: Command, *, environment: Mapping[str, str] | None = None) -> str:
    """Run a process to its end, and give what it printed; its errors are shown.

    Raises
    ------
    subprocess.CalledProcessError
        When it ends with another code than 0.
    """
    ended = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return ended.stdout


def holds(command: Command, *, environment: Mapping[str, str] | None = None) -> bool:
    """Run another benchmark, which prints its figures; gives whether they hold."""
    return subprocess.run(command, env=environment, check=False).returncode == 0


def run_together(commands: Sequence[Command], *, environment: Mapping[str, str]) -> None:
    """Run processes side by side to their ends; one that fails ends the benchmark."""
    started = [subprocess.Popen(command, env=environment) for command in commands]
    codes = [process.wait() for process in started]
    if any(codes):
        raise SystemExit("A process of the benchmark failed; its error is above.")


def timed(call: Callable[[], object]) -> float:
    """Give the seconds a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def processor_timed(call: Callable[[], object]) -> float:
    """Give the processor's seconds a call takes, which others on the machine change little."""
    start = time.process_time()
    call()
    return time.process_time() - start


def peak_memory_bytes() -> int:
    """Most memory that this program has had resident at once, since it was started.

    `getrusage` would count what the process was before it became this program.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    [peak] = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(peak) * 1024


class MeasuringProcess:
    """A process that measures when it is asked to, and keeps its answers as timings.

    It runs `serve_measurements`.
    """

    def __init__(self, command: Command, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.timings: Timings = {}

    def wait(self) -> None:
        """Wait until it is ready to measure."""
        self._answer()

    def measure(self) -> None:
        """Let it take one turn."""
        assert self._process.stdin
        print("measure", file=self._process.stdin, flush=True)
        for name, seconds in self._answer().items():
            self.timings.setdefault(name, []).extend(seconds)

    def median_ms(self, name: str) -> float:
        """Give the median of one figure over all turns."""
        return 1000 * statistics.median(self.timings[name])

    def stop(self) -> None:
        """End it, when its turn is over."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> Timings:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("A process of the benchmark ended early; its error is above.")
        answer: Timings = json.loads(line)
        return answer


def serve_measurements(turn: Callable[[], Timings]) -> None:
    """Be a `MeasuringProcess`: say that it is ready, then take a turn for every line."""
    print("{}", flush=True)
    for _ in sys.stdin:
        print(json.dumps(turn()), flush=True)
