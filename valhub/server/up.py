"""`valhub up`: the whole hub on one machine, under one supervisor.

The supervisor starts the web server, the workers and the sweeper, restarts what ends, and stops all
of them on a signal. It does none of their work.
"""

import ipaddress
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence

from django.conf import settings

from valhub.cloud.public_address import with_port
from valhub.console import echo
from valhub.jobs.beating import beating
from valhub.jobs.services.heartbeats import SUPERVISOR
from valhub.observing.starts import log_start
from valhub.server.children import Child
from valhub.server.data_folder import require_cache, take_data_folder
from valhub.server.database import prepare_database
from valhub.server.lifeline import end_with_supervisor
from valhub.server.listening_socket import address_of, take_listener
from valhub.server.stopping import stop_on_signals

POLL_S = 0.1
# Longer than what the web server takes for itself; see `web_server.graceful_timeout`.
WEB_GRACE_S = 35.0


def run_hub(*, host: str | None, port: int | None) -> None:
    """Run the hub until SIGTERM or Ctrl-C.

    Parameters
    ----------
    host, port : str, int, optional
        Where to listen; not allowed if a `.socket` unit passes the listening socket.

    Raises
    ------
    StartError
        The address or the data folder is not available.
    """
    end_with_supervisor()
    with (
        take_data_folder(settings.DATA) as was_killed,
        take_listener(host, port, after_a_kill=was_killed) as listener,
    ):
        require_cache()
        str(settings.SECRET_KEY)  # Made before there are several processes that use it.
        prepare_database()
        log_start("supervisor")
        stop = stop_on_signals()
        echo(f"The hub listens on {address_of(listener)} (Ctrl-C stops it).")
        _warn_of_unknown_names(listener.getsockname()[0])
        let_links_begin_with(listener)
        with beating(SUPERVISOR):
            supervise(_children(listener.fileno()), stop, first=listener.close)
    echo("The hub has stopped.")


def _children(descriptor: int) -> list[Child]:
    web = Child(
        "web server",
        ["gunicorn", "--config", "python:valhub.server.web_server", f"--bind=fd://{descriptor}"],
        descriptors=[descriptor],
        grace_s=WEB_GRACE_S,
    )
    workers = [
        Child(f"worker {number}", ["valhub.server", "worker"])
        for number in range(1, settings.WORKERS + 1)
    ]
    return [web, *workers, Child("sweeper", ["valhub.server", "sweep"])]


def supervise(
    children: Sequence[Child], stop: threading.Event, *, first: Callable[[], object] = lambda: None
) -> None:
    """Keep the children running until the event is set, then stop them all.

    Parameters
    ----------
    first : callable
        What to do before any is stopped, such as listening no more.
    """
    try:
        for child in children:
            child.start()
        while not stop.wait(POLL_S):
            for child in children:
                child.keep_running()
    finally:
        first()
        for child in children:
            child.ask_to_stop()
        asked = time.monotonic()
        for child in sorted(children, key=lambda child: child.grace_s):
            child.wait(asked + child.grace_s)


def let_links_begin_with(listener: socket.socket) -> None:
    """Let the links of all processes have the hub's own port, where no proxy and no setting do."""
    if not settings.SECURE and not os.environ.get("VALHUB_URL", "").strip():
        port = listener.getsockname()[1]
        os.environ["VALHUB_URL"] = with_port(settings.PUBLIC_URL, port)


def _warn_of_unknown_names(host: str) -> None:
    """Warn when the hub listens to others but knows none of the names they will use."""
    known = {"127.0.0.1", "localhost", "[::1]"}
    if not _is_loopback(host) and set(settings.ALLOWED_HOSTS) <= known:
        echo(
            "The hub answers requests from this machine only. To let others in, set VALHUB_HOSTS "
            "to the names or addresses that they will use, separated by commas.",
            err=True,
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
