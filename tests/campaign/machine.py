"""Another machine of a hub, as a program: a worker and a sweeper, started again when they end.

Its clock is wrong; see `wrong_clock`.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from services.tied import tied
from valhub.server.lifeline import PARENT_VARIABLE, end_with_supervisor

TESTS = Path(__file__).parents[1]


@contextmanager
def running_machine(
    log: Path, environment: Mapping[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start one; it ends with the block, or is killed before."""
    found = {"PYTHONPATH": str(TESTS), PARENT_VARIABLE: str(os.getpid())}
    with log.open("ab") as output:
        machine = tied(
            subprocess.Popen(
                [sys.executable, "-P", "-m", "campaign.machine"],
                env={**os.environ, **environment, **found},
                stdout=output,
                stderr=output,
                process_group=0,
            )
        )
    try:
        yield machine
    finally:
        machine.send_signal(signal.SIGTERM)
        machine.wait(60)


if __name__ == "__main__":
    # Models come with these, and whoever only starts a machine has no settings for them.
    from valhub.server.children import Child
    from valhub.server.stopping import stop_on_signals
    from valhub.server.up import supervise

    end_with_supervisor()
    worker = Child("worker", ["campaign.wrong_clock", "worker"])
    sweeper = Child("sweeper", ["campaign.wrong_clock", "sweep"])
    supervise([worker, sweeper], stop_on_signals())
