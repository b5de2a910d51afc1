"""A hub of your own that runs as long as a block does: for the demonstration and for tests."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from valhub.client.hub import Hub
from valhub.errors import ValhubError

START_S = 60.0
STOP_S = 45.0


class HubDidNotStart(ValhubError):
    """The hub did not start."""

    code = "hub-did-not-start"


@dataclass(frozen=True)
class LocalHub:
    """A hub that runs on this machine.

    Attributes
    ----------
    log : Path
        Everything the hub's processes print.
    """

    address: str
    log: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """Stop it, as Ctrl-C does."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running_hub(
    data: Path,
    *,
    port: int = 0,
    workers: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[LocalHub]:
    """Start `valhub up` on this machine's own address and wait until it is ready; stop it after.

    Parameters
    ----------
    data : Path
        Folder for everything the hub keeps; its log goes beside it, as NAME.log.
    port : int
        0 picks a free one.
    environment : mapping of str to str, optional
        Settings beside those of this process.

    Raises
    ------
    HubDidNotStart
        With what it said last.
    """
    log = data.with_name(f"{data.name}.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-P", "-m", "valhub.client.cli", "up"]
    command += [f"--port={port}", f"--data={data}"]
    command += [f"--workers={workers}"] if workers else []
    with open(log, "wb", opener=_privately) as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # The hub ends with this process, and Ctrl-C reaches it through here alone.
            env={**os.environ, **(environment or {}), "VALHUB_PARENT": str(os.getpid())},
            process_group=0,
        )
    hub = None
    try:
        hub = _wait_until_ready(process, log)
        yield hub
    finally:
        (hub or LocalHub("", log, process)).stop()


def _privately(path: str, flags: int) -> int:
    """Open a file that no other account of this machine reads: the log says who did what."""
    return os.open(path, flags, 0o600)


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> LocalHub:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        found = re.search(r"listens on (http\S+)", log.read_text(errors="replace"))
        if found and Hub(found[1]).is_ready():
            return LocalHub(found[1], log, process)
        if process.poll() is not None:
            break
        time.sleep(0.1)
    lines = log.read_text(errors="replace").strip().splitlines() or ["It printed nothing."]
    raise HubDidNotStart(f"The hub did not start. {lines[-1].removeprefix('Error: ')}")
