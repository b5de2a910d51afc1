"""Server programs as processes of a test run: found, started, killed, waited for."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from services.tied import tied

READY_S = 240.0
# Some servers refuse to run as root: as nobody then, in a name space of users where the files that
# root makes are nobody's too.
AS_NOBODY = ["unshare", "--user", "--map-user=nobody", "--map-group=nogroup"]


def program(name: str, package: str, *folders: Path) -> str:
    """Find a program on the PATH or in one of the folders, or say which package has it."""
    places = [*os.get_exec_path(), "/usr/sbin", *map(str, folders)]
    found = shutil.which(name, path=os.pathsep.join(places))
    assert found, f"{name} is missing: apt-get install {package}, or make test-databases."
    return found


def never_as_root(command: Sequence[str]) -> list[str]:
    """A command as it is to be run by whoever runs the tests."""
    return [*(AS_NOBODY if os.geteuid() == 0 else []), *command]


def free_port() -> int:
    """A port of this machine's own address that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def listens(port: int) -> bool:
    """Whether somebody takes connections on a port of this machine's own address."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=30).close()
    except OSError:
        return False
    return True


def wait_for_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a process that was started listens on a port."""
    deadline = time.monotonic() + READY_S
    while not listens(port):
        assert process.poll() is None, f"{process.args} ended."
        assert time.monotonic() < deadline, f"{process.args} does not listen on port {port}."
        time.sleep(0.05)


def wait_for_silence(port: int) -> None:
    """Wait until nobody listens on a port any more."""
    deadline = time.monotonic() + READY_S
    while listens(port):
        assert time.monotonic() < deadline, f"Somebody still listens on port {port}."
        time.sleep(0.05)


class ServerProcess:
    """A server that is started, killed and started again on the same files."""

    def __init__(self, command: Sequence[str], log: Path, is_ready: Callable[[], bool]) -> None:
        self._command = command
        self._log = log
        self._is_ready = is_ready
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        with self._log.open("ab") as log:
            self._process = tied(
                subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=self._log.parent,
                    # Ctrl-C is for the tests, which then stop it.
                    process_group=0,
                )
            )
        deadline = time.monotonic() + READY_S
        while not self._is_ready():
            assert self._process.poll() is None, self._said()
            assert time.monotonic() < deadline, self._said()
            time.sleep(0.1)

    def _said(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()
        return "\n".join([f"{self._command[0]} is not ready:", *lines[-20:]])

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it by a signal."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(READY_S)
