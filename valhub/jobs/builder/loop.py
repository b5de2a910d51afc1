"""A builder's life: heartbeat, claim, build, again."""

import logging
import threading
import time

from django.conf import settings
from django.db import Error, close_old_connections

from valhub.cloud.free_space import is_nearly_full
from valhub.evaluation.execution.environments.guards import held
from valhub.evaluation.execution.sandbox import NoSandbox
from valhub.jobs.beating import Beating
from valhub.jobs.builder.building import NO_ROOM, build_environment
from valhub.jobs.machine import environments_folder, machine_store, process_name
from valhub.jobs.models import Build
from valhub.jobs.selectors.builds import next_builds
from valhub.jobs.services.builds import put_off_builds, show_builder
from valhub.jobs.services.heartbeats import BUILDER
from valhub.jobs.services.leasing import Claim, claim
from valhub.jobs.worker.worker_context import WorkerContext, open_worker_context

log = logging.getLogger(__name__)

_RETRY_S = 30.0


class BuilderHeartbeat(Beating):
    """Shows that a builder is alive, and with it every build that waits on its machine."""

    def __init__(self, store: str) -> None:
        super().__init__(BUILDER)
        self._store = store

    def _beat(self) -> None:
        show_builder(self._store)
        super()._beat()


def run_builder(stop: threading.Event, *, idle_exit_s: float | None = None) -> None:
    """Build until `stop` is set; then the build in progress is returned to the queue.

    Parameters
    ----------
    stop : threading.Event
        Set when the builder is to end.
    idle_exit_s : float, optional
        It ends by itself after this long with nothing to build; default: never.
    """
    store = machine_store()
    heartbeat = BuilderHeartbeat(store)
    heartbeat.start()
    while not stop.is_set():
        try:
            with open_worker_context() as context:
                _build_until_idle(context, store, stop, idle_exit_s)
                break
        except NoSandbox as error:
            log.error("no_sandbox builder=%s reason=%s", process_name(), error)
            stop.wait(_RETRY_S)
    heartbeat.end()


def _build_until_idle(
    context: WorkerContext, store: str, stop: threading.Event, idle_exit_s: float | None
) -> None:
    worked_at = time.monotonic()
    while not stop.is_set():
        if _is_busy(context, store, stop):
            worked_at = time.monotonic()
        elif idle_exit_s is not None and time.monotonic() - worked_at >= idle_exit_s:
            return
        else:
            stop.wait(settings.POLL_MS / 1000)


def _is_busy(context: WorkerContext, store: str, stop: threading.Event) -> bool:
    """Build one environment, as far as the database allows it; False when there is none."""
    try:
        if is_nearly_full(settings.ENGINE_CACHE):
            put_off_builds(store, NO_ROOM)
            return False
        claimed = claim_build(process_name(), store)
        if claimed is not None:
            build_environment(claimed, context, stop)
        return claimed is not None
    except Error:
        log.exception("database_trouble builder=%s", process_name())
        close_old_connections()
        return False


def claim_build(owner: str, store: str) -> Claim[Build] | None:
    """Claim the build whose turn it is on this machine.

    Builders of one machine claim one after the other, so that each sees what the others build.
    """
    with held(environments_folder() / "guards/claiming"):
        for pk in next_builds(store):
            claimed = claim(Build.objects.filter(pk=pk), owner)
            if claimed is not None:
                return claimed
    return None
