"""Listeners that remember what they heard."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from valhub.cloud.queues import Queues
from valhub.cloud.queues.interface import OnWakeUp


@contextmanager
def hearing(
    queues: Queues, *analysis_pks: int, then: OnWakeUp | None = None
) -> Iterator[list[int | None]]:
    """Listen for as long as a block runs; gives the list of what was heard."""
    heard: list[int | None] = []

    def hear(shard_id: int | None) -> None:
        heard.append(shard_id)
        if then is not None:
            then(shard_id)

    listener = queues.listen(hear)
    try:
        listener.listen_to(analysis_pks)
        yield heard
    finally:
        listener.close()


def wait_until(done: Callable[[], bool], within_s: float = 120.0) -> None:
    """Wait for something to become true; fail when it does not in time."""
    deadline = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < deadline, "It took too long."
        time.sleep(0.01)
