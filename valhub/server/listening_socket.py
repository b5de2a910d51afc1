"""The address the hub listens on.

The supervisor opens it, not the web server: so a port in use is reported at once, port 0 picks a
free one that can be printed, and requests wait while the web server is restarted.
"""

import errno
import socket
import time

from valhub.server.errors import StartError

BACKLOG = 1024
# A hub that ended a moment ago may still hold the port.
PATIENCE_S = 2.0
# What a killed hub leaves behind lets go once its requests in hand are answered, or have had the
# time they are given; see `web_server.graceful_timeout`.
AFTER_A_KILL_S = 15.0


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
