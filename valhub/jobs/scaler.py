"""Keeps the number of workers right, from a thread of the sweeper's process.

It has a thread of its own, because launchers wait for networks and sweeping must not.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import close_old_connections, connection

from valhub.cloud.launchers import Launcher, open_launcher
from valhub.jobs.services.heartbeats import SCALER, forget_heartbeat, record_heartbeat
from valhub.jobs.services.scaling import scale_workers

log = logging.getLogger(__name__)


@contextmanager
def scaling(stop: threading.Event) -> Iterator[None]:
    """Scale in the background until `stop` is set, if workers are launched at all."""
    launcher = open_launcher(
        settings.LAUNCHER,
        hub=settings.QUEUE_PREFIX,
        folder=settings.DATA,
        idle_s=settings.INSTANCE_IDLE_S,
    )
    if launcher is None:
        yield
        return
    thread = threading.Thread(target=run_scaler, args=(stop, launcher), name="scaler", daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        launcher.close()


def run_scaler(stop: threading.Event, launcher: Launcher) -> None:
    """Scale until `stop` is set."""
    while not stop.wait(settings.SCALE_MS / 1000):
        _try("scaling_failed", lambda: scale_workers(launcher))
        _try("heartbeat_failed", lambda: record_heartbeat(SCALER))
        close_old_connections()
    _try("heartbeat_left_behind", lambda: forget_heartbeat(SCALER))
    connection.close()


def _try(event: str, step: Callable[[], object]) -> None:
    try:
        step()
    except Exception:  # the outermost loop of this thread
        log.exception(event)
