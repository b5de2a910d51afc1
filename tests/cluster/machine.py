"""Another machine of a hub, as a program: a worker and a sweeper, started again when they end.

Its clock is wrong by as much as FAKETIME says; see libfaketime.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from valhub.server.children import Child
from valhub.server.lifeline import PARENT_VARIABLE, end_with_supervisor
from valhub.server.stopping import stop_on_signals
from valhub.server.up import supervise

FAST_BY = "+7m"


@contextmanager
def running_machine(
    log: Path, environment: Mapping[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start one whose clock is minutes fast; it ends with the block, or is killed before."""
    [library, *_] = [*Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None]
    assert library, "libfaketime is missing: apt-get install libfaketime."
    wrong_clock = {"LD_PRELOAD": str(library), "FAKETIME": FAST_BY}
    # Only the time of day is wrong: how long something takes is right on every machine.
    wrong_clock["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"
    own = {**os.environ, **environment, **wrong_clock, PARENT_VARIABLE: str(os.getpid())}
    with log.open("ab") as output:
        machine = subprocess.Popen(
            [sys.executable, __file__], env=own, stdout=output, stderr=output, process_group=0
        )
    try:
        yield machine
    finally:
        machine.send_signal(signal.SIGTERM)
        machine.wait(60)


if __name__ == "__main__":
    end_with_supervisor()
    worker = Child("worker", ["valhub.server", "worker"])
    sweeper = Child("sweeper", ["valhub.server", "sweep"])
    supervise([worker, sweeper], stop_on_signals())
