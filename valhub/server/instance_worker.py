"""A worker on an EC2 instance: the instance's own tag says for which analysis.

A spot instance gets two minutes' notice before it is taken away. Then the worker stops, so that the
work in hand goes to another at once and not when its lease has run out.
"""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from valhub.cloud.instance import InstanceUnknown, ThisInstance
from valhub.cloud.queues import QueueError, open_queues
from valhub.jobs.worker import run_worker

log = logging.getLogger(__name__)

# As often as AWS advises.
POLL_S = 5.0


def work_on_instance(
    stop: threading.Event, *, idle_exit_s: float | None, instance: ThisInstance | None = None
) -> None:
    """Take the work of the analysis in the instance's tag until stopped.

    Parameters
    ----------
    stop : threading.Event
        Set by a signal, or here when the instance is about to be taken away.
    idle_exit_s : float, optional
        Seconds without work after which the worker leaves.
    instance : ThisInstance, optional
        Else the one that this process runs on.

    Raises
    ------
    InstanceUnknown
        It is no instance, or has no such tag.
    """
    instance = instance or ThisInstance()
    analysis_pk, name = instance.analysis_pk(), f"{instance.id()}-{os.getpid()}"
    log.info("instance_worker_started worker=%s analysis=%s", name, analysis_pk)
    _make_sure_of_queue(analysis_pk)
    with leaving_in_time(instance, stop):
        run_worker(stop, name, analyses=[analysis_pk], idle_exit_s=idle_exit_s)


def _make_sure_of_queue(analysis_pk: int) -> None:
    try:
        open_queues().make_sure(analysis_pk)
    except QueueError as error:
        # The worker polls the database until the queue exists.
        log.warning("queue_missing analysis=%s code=%s", analysis_pk, error.code)


@contextmanager
def leaving_in_time(instance: ThisInstance, stop: threading.Event) -> Iterator[None]:
    """Set `stop` once AWS announces that it takes the instance away."""
    ended = threading.Event()
    watch = threading.Thread(
        target=_watch, args=(instance, stop, ended), name="interruption", daemon=True
    )
    watch.start()
    try:
        yield
    finally:
        ended.set()
        watch.join()


def _watch(instance: ThisInstance, stop: threading.Event, ended: threading.Event) -> None:
    while not ended.wait(POLL_S):
        try:
            notice = instance.interruption()
        except InstanceUnknown as error:
            log.warning("interruption_unknown reason=%s", error)
            continue
        if notice is not None:
            log.warning("instance_interrupted notice=%s", notice)
            stop.set()
            return
