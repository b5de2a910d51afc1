"""`valhub web`: the web server without a supervisor of ours, for systemd, a container or a cluster.

It starts whether or not the database is available, which `/readyz` reports: so it can be started
first, and a load balancer sends it no requests before it can serve. Until then it warns.
"""

import os
import sys

from django.conf import settings

from valhub.cloud.public_address import DEFAULT_PORT
from valhub.console import echo
from valhub.server.data_folder import require_cache, require_data
from valhub.server.database import require_database
from valhub.server.errors import StartError
from valhub.server.listening_socket import (
    DEFAULT_HOST,
    address_of,
    passed_listener,
    refuse_second_address,
)


def become_web_server(*, host: str | None, port: int | None) -> None:
    """Replace this process by gunicorn.

    Parameters
    ----------
    host, port : str, int, optional
        Where to listen; not allowed if a `.socket` unit passes the listening socket.

    Raises
    ------
    StartError
        A folder cannot be created or written, or the socket that is passed cannot be used.
    """
    require_data()
    require_cache()
    str(settings.SECRET_KEY)  # Made now, when it is missing: the start can still be refused.
    bind = _bind(host, port)
    warn_without_database()
    sys.stdout.flush()
    command = ["gunicorn", "--config=python:valhub.server.web_server", *bind]
    # -P: a file in the current folder must not stand in for a library.
    os.execv(sys.executable, [sys.executable, "-P", "-m", *command])  # noqa: S606


def _bind(host: str | None, port: int | None) -> list[str]:
    """Say where it listens; gunicorn takes the socket that is passed to it by itself."""
    passed = passed_listener()
    if passed is None:
        host, port = host or DEFAULT_HOST, DEFAULT_PORT if port is None else port
        shown = f"[{host}]" if ":" in host else host
        echo(f"The web server listens on http://{shown}:{port}/ (Ctrl-C stops it).")
        return [f"--bind={shown}:{port}"]
    try:
        refuse_second_address(host, port)
        echo(f"The web server listens on {address_of(passed)}, a socket that systemd holds.")
    finally:
        passed.detach()
    return []


def warn_without_database() -> None:
    """Say what the start of a worker would be refused for; here it may still be put in place."""
    try:
        require_database()
    except StartError as error:
        echo(f"Warning: {error} Until then, every page is answered with 503.", err=True)
