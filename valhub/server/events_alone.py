"""`valhub events`: serves the streams of events, beside the web servers, from one loop.

A web server gives each stream a thread; here thousands wait in one. It reads the database only, and
starts whether or not that is available, as a web server does.
"""

import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import structlog
import uvicorn
from django.conf import settings

from valhub.api.streams.places import PLACES
from valhub.console import echo
from valhub.http.stop_times import STOP_TIMES
from valhub.jobs.beating import beating
from valhub.jobs.services.heartbeats import EVENTS
from valhub.observing.starts import log_start
from valhub.server.data_folder import require_data
from valhub.server.event_streams import EventStreams
from valhub.server.lifeline import end_with_supervisor
from valhub.server.listening_socket import BACKLOG, address_of, take_listener
from valhub.server.stopping import STOPPING
from valhub.server.web_alone import warn_without_database

DEFAULT_PORT = 8081
# Seconds for what is in hand when it stops; then the kernel ends it.
GRACE_S = 10
LAST_S = 15
# Connections beyond the streams: of requests, and those that a proxy keeps.
_MORE_CONNECTIONS = 500
_OTHER_FILES = 100

_log = structlog.get_logger(__name__)


def serve_events(*, host: str | None, port: int | None) -> None:
    """Serve until SIGTERM or Ctrl-C.

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
    require_data()
    str(settings.SECRET_KEY)  # Made now, when it is missing: sessions are read with it.
    PLACES.widen(settings.EVENT_STREAMS)
    _allow_connections(settings.EVENT_STREAMS + _MORE_CONNECTIONS)
    with take_listener(host, port, default_port=DEFAULT_PORT) as listener:
        warn_without_database()
        log_start("events")
        echo(f"Events are served on {address_of(listener)} (Ctrl-C stops it).")
        with beating(EVENTS):
            _Server(_config()).run(sockets=[listener])


def _config() -> uvicorn.Config:
    return uvicorn.Config(
        EventStreams(),
        backlog=BACKLOG,
        limit_concurrency=settings.EVENT_STREAMS + _MORE_CONNECTIONS,
        timeout_graceful_shutdown=GRACE_S,
        # Requests are logged by the hub, which knows what must stay out of a log.
        access_log=False,
        log_config=None,
        log_level="warning",
        lifespan="off",
        ws="none",
        # The hub itself reads what proxies say, as far as settings trust them.
        proxy_headers=False,
        server_header=False,
    )


class _Server(uvicorn.Server):
    """uvicorn, which ends its streams when it stops, and then ends in order."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at a signal, and be done with it: it would be raised again otherwise."""
        for number in STOPPING:
            signal.signal(number, self.handle_exit)
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Have every stream end, and the server when they have."""
        signal.alarm(LAST_S)
        now = time.monotonic()
        STOP_TIMES.stop(begins_until=now, reads_until=now)
        super().handle_exit(sig, frame)


def _allow_connections(wanted: int) -> None:
    """Have as many open files as connections, as far as this process may decide that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = wanted + _OTHER_FILES
    allowed = files if hard == resource.RLIM_INFINITY else min(files, hard)
    if soft not in (resource.RLIM_INFINITY,) and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < files:
        _log.warning("few_open_files", allowed=allowed, wanted=files)
