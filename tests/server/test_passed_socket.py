"""A listening socket that is passed to the hub, as a `.socket` unit of systemd does."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from services.passed_socket import passing


def refused(passed: socket.socket, *arguments: str, data: Path, number: int = 1) -> str:
    done = subprocess.run(
        passing(passed.fileno(), *arguments, f"--data={data}", number=number),
        pass_fds=[passed.fileno()],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "VALHUB_WORKERS": "1"},
    )
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("command", ["up", "web", "events"])
@pytest.mark.parametrize("option", ["--host=127.0.0.1", "--port=8080"])
def test_an_address_beside_a_passed_socket_is_refused(
    command: str, option: str, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as passed:
        said = refused(passed, command, option, data=tmp_path)
    assert said.startswith("Error: systemd passes a socket, so --host and --port have no effect.")


@pytest.mark.slow
def test_only_one_socket_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as passed:
        said = refused(passed, "web", data=tmp_path, number=2)
    assert said.startswith("Error: systemd passes 2 sockets, and the hub listens on one.")


@pytest.mark.slow
@pytest.mark.parametrize("family", [socket.AF_UNIX, socket.AF_INET])
def test_a_socket_without_an_address_or_that_does_not_listen_is_refused(
    family: socket.AddressFamily, tmp_path: Path
) -> None:
    with socket.socket(family) as passed:
        if family == socket.AF_UNIX:
            passed.bind(str(tmp_path / "hub.socket"))
            passed.listen()
        said = refused(passed, "web", data=tmp_path)
    assert said.startswith("Error: The socket that systemd passes does not listen on an address")
