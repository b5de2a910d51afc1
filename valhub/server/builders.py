"""A machine's builders: processes that one of its workers starts while environments wait.

Wherever there is a worker there are builders, so nobody has to install or to scale them. They leave
when they have nothing to do. When the worker that keeps them ends, they end with it, and another
worker of the machine keeps others. Hubs that share a machine have builders each.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.db import Error, close_old_connections, connection

from valhub.evaluation.execution.environments.guards import held_if_free
from valhub.jobs.machine import builders_guard, machine_store
from valhub.jobs.selectors.builds import unfinished_builds
from valhub.server.children import Child

log = logging.getLogger(__name__)

# How often a worker checks whether the one that kept the builders has gone.
_TRY_S = 1.0
# How long a builder stays with nothing to do: starting one takes a second.
_IDLE_S = 60.0
# Less than a worker's own; see `loops.GRACE_S`.
_GRACE_S = 10.0


@contextmanager
def builders(stop: threading.Event) -> Iterator[None]:
    """Keep this machine's builders for as long as the block runs, unless another worker does.

    Parameters
    ----------
    stop : threading.Event
        Set when the worker is to stop, and with it the builders.
    """
    left = threading.Event()

    def waits(seconds: float) -> bool:
        return not left.wait(seconds) and not stop.is_set()

    # The thread outlives its children: they end with the thread that started them.
    thread = threading.Thread(target=_keep_in_turn, args=(waits,), name="builders", daemon=True)
    thread.start()
    try:
        yield
    finally:
        left.set()
        thread.join()


def _keep_in_turn(waits: Callable[[float], bool]) -> None:
    """Keep the builders once no other worker of this hub does on this machine."""
    while waits(_TRY_S):
        try:
            with held_if_free(builders_guard()) as mine:
                if mine:
                    _keep(waits)
        except OSError:
            # Of the cache's disk; without this thread the machine would have no builders any more.
            log.exception("builders_not_kept")
    connection.close()


def _keep(waits: Callable[[float], bool]) -> None:
    children = [
        Child(
            f"builder {number}", ["valhub.server", "build", f"--idle-exit={_IDLE_S}"], leaves=True
        )
        for number in range(1, settings.BUILDS_AT_ONCE + 1)
    ]
    try:
        while waits(settings.POLL_MS / 1000):
            _keep_wanted(children)
    finally:
        _end(children)


def _keep_wanted(children: Sequence[Child]) -> None:
    wanted = _wanted()
    for child in children[:wanted]:
        child.keep_running()
    for child in children[wanted:]:
        child.leave()


def _wanted() -> int:
    """How many builders have something to do; none as long as the database does not say."""
    try:
        return unfinished_builds(machine_store())
    except Error:
        log.warning("builds_not_counted", exc_info=True)
        close_old_connections()
        return 0


def _end(children: Sequence[Child]) -> None:
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + _GRACE_S
    for child in children:
        child.wait(deadline)
