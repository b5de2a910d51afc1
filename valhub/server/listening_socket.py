"""The address the hub listens on.

The supervisor opens it, not the web server: so a port in use is reported at once, port 0 picks a
free one that can be printed, and requests wait while the web server is restarted. With a `.socket`
unit, systemd opens it and passes it on, so that they wait while all of the hub is restarted.
"""

import errno
import os
import socket
import time

from valhub.cloud.public_address import DEFAULT_PORT
from valhub.server.errors import StartError

DEFAULT_HOST = "127.0.0.1"
BACKLOG = 1024
# What systemd passes begins after standard input, output and error.
_FIRST_PASSED = 3
# A hub that ended a moment ago may still hold the port.
PATIENCE_S = 2.0
# What a killed hub leaves behind notices that, and closes its sockets; on a busy machine later.
AFTER_A_KILL_S = 15.0


def passed_listener() -> socket.socket | None:
    """Take the socket that a `.socket` unit passes to this process, if one does.

    Raises
    ------
    StartError
        It passes several, or one that is no listening address with a port.
    """
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return None
    number = os.environ.get("LISTEN_FDS", "0")
    if number != "1":
        raise StartError(
            f"systemd passes {number} sockets, and the hub listens on one. Leave one ListenStream= "
            "in the .socket unit.",
            code="sockets-not-one",
        )
    return _listening(_FIRST_PASSED)


def _listening(descriptor: int) -> socket.socket:
    try:
        passed = socket.socket(fileno=descriptor)
        listens = passed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise StartError(
            f"The socket that systemd passes is missing: {error.strerror}. "
            "Start the .socket unit, which starts the hub.",
            code="socket-missing",
        ) from error
    # Limits for strangers go by their address, and a path in the file system has none.
    if not listens or passed.family not in (socket.AF_INET, socket.AF_INET6):
        passed.detach()
        raise StartError(
            "The socket that systemd passes does not listen on an address and a port. "
            "Set ListenStream= in the .socket unit, such as ListenStream=127.0.0.1:8080.",
            code="socket-not-listening",
        )
    return passed


def take_listener(
    host: str | None,
    port: int | None,
    *,
    default_port: int = DEFAULT_PORT,
    after_a_kill: bool = False,
) -> socket.socket:
    """Take the socket that is passed to this process, else listen on the address.

    Raises
    ------
    StartError
        Both are given, or it is not possible; see `passed_listener` and `open_listener`.
    """
    passed = passed_listener()
    if passed is None:
        host, port = host or DEFAULT_HOST, default_port if port is None else port
        return open_listener(host, port, after_a_kill=after_a_kill)
    refuse_second_address(host, port)
    return passed


def refuse_second_address(host: str | None, port: int | None) -> None:
    """Refuse an address beside a passed socket, where it would have no effect."""
    if host is not None or port is not None:
        raise StartError(
            "systemd passes a socket, so --host and --port have no effect. Remove them, and set "
            "ListenStream= in the .socket unit.",
            code="address-given-twice",
        )


def open_listener(host: str, port: int, *, after_a_kill: bool = False) -> socket.socket:
    """Listen on an address.

    Parameters
    ----------
    host, port : str, int
        Where; port 0 picks a free one.
    after_a_kill : bool
        Whether a hub that was killed may be what holds the port.

    Raises
    ------
    StartError
        Another program listens there, or the address is not this machine's, or may not be used.
    """
    deadline = time.monotonic() + (AFTER_A_KILL_S if after_a_kill else PATIENCE_S)
    while True:
        try:
            return socket.create_server(
                (host, port), family=_family(host), backlog=BACKLOG, reuse_port=False
            )
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise StartError(
                    f"The hub cannot listen on {host} port {port}: {error.strerror}. "
                    "Choose another with --host or --port.",
                    code="address-not-available",
                ) from error
            if time.monotonic() > deadline:
                raise StartError(
                    f"Port {port} of {host} is in use by another program. Stop that program, or "
                    "choose another port with --port.",
                    code="address-in-use",
                ) from error
        time.sleep(0.1)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def address_of(listener: socket.socket) -> str:
    """Write the address as a person types it; a wildcard is shown as this machine's own."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - shown, not bound
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"
