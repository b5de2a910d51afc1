"""What systemd does with the hub's units, for as long as a block runs: it starts what they say.

Tests cannot have systemd as their machine's first process. This reads the installed unit files and
starts exactly their commands, with their environment and folders. It neither changes the account
nor takes rights away; `systemd-analyze` looks after those lines in another test.
"""

import json
import os
import shlex
import signal
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.tied import tied

# Units whose name says when or where they are started, not what.
NOT_SERVICES = (".timer", ".socket")
# A service finds the socket that is kept for it as its third file.
ON_A_SOCKET = 'exec 3<&"$1"; shift; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"'
# What `systemctl` and `systemd-run` are in a shell whose PATH begins with their folder. What the
# second is to run takes the place of its own process.
PROGRAM = """#!{python}
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as asking:
    asking.connect({address!r})
    asking.sendall(json.dumps([os.path.basename(sys.argv[0]), *sys.argv[1:]]).encode() + b"\\n")
    said = json.load(asking.makefile())
if isinstance(said, str):
    sys.exit(said or 0)
os.chdir(said["cwd"])
os.umask(0o77)
os.execve(said["command"][0], said["command"], said["environment"])
"""


class UnitFault(Exception):
    """A unit cannot be started, or did not do what it was started for."""


@dataclass(frozen=True)
class Unit:
    """A unit file as far as it says what to start."""

    settings: Mapping[str, list[str]]

    @classmethod
    def read(cls, text: str) -> "Unit":
        settings: dict[str, list[str]] = {}
        for line in text.splitlines():
            name, found, value = line.partition("=")
            if found and not line.startswith(("#", "[")):
                settings.setdefault(name, []).append(value)
        return cls(settings)

    def one(self, name: str, default: str = "") -> str:
        return self.settings.get(name, [default])[-1]

    def environment(self) -> dict[str, str]:
        """The files' lines go before those in the unit, as systemd has it."""
        pairs = [
            pair for line in self.settings.get("Environment", ()) for pair in shlex.split(line)
        ]
        for name in self.settings.get("EnvironmentFile", ()):
            path = Path(name.removeprefix("-"))
            if path.exists() or not name.startswith("-"):
                lines = path.read_text().splitlines()
                pairs += [shlex.split(line)[0] for line in lines if line and line[0] not in "#;"]
        return dict(pair.split("=", 1) for pair in pairs)

    def command(self, environment: Mapping[str, str]) -> list[str]:
        """Its words, with the variables that it names."""
        line = self.one("ExecStart")
        for name, value in environment.items():
            line = line.replace(f"${{{name}}}", value)
        return shlex.split(line)


@dataclass
class Systemd:
    """Starts and stops the units of a folder.

    Attributes
    ----------
    base : mapping
        The environment that every process begins with.
    state : Path
        Where `StateDirectory` folders are.
    here : callable
        Turns a unit's text into that for this machine: other paths, other ports.
    foreign : mapping
        What is done for services that are not the hub's, by name.
    """

    folder: Path
    state: Path
    logs: Path
    base: Mapping[str, str]
    here: Callable[[str], str]
    foreign: Mapping[str, Callable[[], object]] = field(default_factory=dict)
    running: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)
    sockets: dict[str, socket.socket] = field(default_factory=dict)

    def systemctl(self, action: str, *words: str) -> None:
        """Do what the command would."""
        if action == "daemon-reload":
            return
        act = {"enable": self.start, "disable": self.stop}.get(action)
        act = act or getattr(self, action.replace("-", "_"))
        for word in words:
            if not word.startswith("--"):
                act(word)

    def start(self, name: str) -> None:
        """Start a unit that does not run; wait for one that ends by itself."""
        if name in self.foreign:
            self.foreign[name]()
            return
        unit = self._unit(name)
        if name.endswith(".socket"):
            self._listening(name)
        if name.endswith(NOT_SERVICES):
            return
        process = self.running.get(name)
        if process is not None and process.poll() is None:
            return
        self.running[name] = self._begin(name, unit)
        if unit.one("Type") == "oneshot" and self.running.pop(name).wait(240):
            raise UnitFault(f"{name} failed:\n{self.log(name)}")

    reload = start

    def stop(self, name: str) -> None:
        """Stop a unit as systemd does, and wait until it has ended; a socket ends its service."""
        if name.endswith(".socket"):
            self.stop(name.removesuffix(".socket"))
            self.sockets.pop(name).close()
        process = self.running.pop(name, None)
        if process is not None:
            process.send_signal(signal.SIGTERM)
            process.wait(float(self._unit(name).one("TimeoutStopSec", "90")))

    def restart(self, name: str) -> None:
        self.stop(name)
        self.start(name)

    def try_restart(self, name: str) -> None:
        """Restart a unit that runs, and leave another alone."""
        if name in self.running:
            self.restart(name)

    def _listening(self, name: str) -> socket.socket:
        """Listen for a service, whether it runs or not."""
        if name not in self.sockets:
            host, port = self._unit(name).one("ListenStream").rsplit(":", 1)
            self.sockets[name] = socket.create_server((host, int(port)), backlog=1024)
        return self.sockets[name]

    def log(self, name: str) -> str:
        """The last lines of what a unit wrote."""
        path = self.logs / f"{name}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-20:])

    def systemd_run(self, *words: str) -> dict[str, Any]:
        """Say what to run, with which environment and in which folder."""
        options = words[: words.index("--")]
        lines = [word.removeprefix("--property=") for word in options if "--property=" in word]
        unit = Unit.read(self.here("\n".join(lines)))
        self._make_state_folder(unit)
        environment = {**self.base, **unit.environment()}
        command = [self.here(word) for word in words[len(options) + 1 :]]
        return {
            "command": command,
            "environment": environment,
            "cwd": unit.one("WorkingDirectory"),
        }

    def _make_state_folder(self, unit: Unit) -> None:
        if folder := unit.one("StateDirectory"):
            (self.state / folder).mkdir(mode=0o700, parents=True, exist_ok=True)

    def _unit(self, name: str) -> Unit:
        file = name if name.endswith(NOT_SERVICES) else f"{name}.service"
        before, template, _ = name.partition("@")
        path = self.folder / (f"{before}@.service" if template else file)
        if not path.is_file():
            raise UnitFault(f"There is no unit {name}.")
        return Unit.read(self.here(path.read_text()))

    def _begin(self, name: str, unit: Unit) -> "subprocess.Popen[bytes]":
        environment = unit.environment()
        self._make_state_folder(unit)
        command, passed = unit.command(environment), []
        if held := unit.one("Requires"):
            passed = [self._listening(held).fileno()]
            command = ["bash", "-c", ON_A_SOCKET, "bash", str(passed[0]), *command]
        with (self.logs / f"{name}.log").open("ab") as log:
            return tied(
                subprocess.Popen(
                    command,
                    pass_fds=passed,
                    env={**self.base, **environment},
                    cwd=unit.one("WorkingDirectory") or None,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    process_group=0,
                )
            )


@contextmanager
def answering(systemd: Systemd, programs: Path) -> Iterator[None]:
    """Put programs into a folder that command it; all units are stopped at the end."""
    address = str(programs / "socket")
    acts: dict[str, Callable[..., object]] = {
        "systemctl": systemd.systemctl,
        "systemd-run": systemd.systemd_run,
    }

    class Asked(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            name, *words = json.loads(self.rfile.readline())
            try:
                said = acts[name](*words) or ""
            except (UnitFault, AssertionError, OSError, subprocess.TimeoutExpired) as fault:
                said = f"{name} {' '.join(words)}: {fault}"
            self.wfile.write(json.dumps(said).encode())

    for name in acts:
        (programs / name).write_text(PROGRAM.format(python=sys.executable, address=address))
        (programs / name).chmod(0o755)
    with socketserver.UnixStreamServer(address, Asked) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            _stop_all(systemd)


def _stop_all(systemd: Systemd) -> None:
    """End everything, those that do not stop included."""
    for held in systemd.sockets.values():
        held.close()
    for process in systemd.running.values():
        process.terminate()
    for process in systemd.running.values():
        try:
            process.wait(120)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
