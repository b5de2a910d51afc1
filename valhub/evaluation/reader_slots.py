"""How many readers run at once on this machine: one for each core, whoever starts them.

    <folder>/.reader-<n>.lock     locked while the n-th slot is in use

The kernel releases a slot when the process that holds it ends.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from valhub.errors import Unavailable

_POLL_S = 0.1


@contextmanager
def reader_slot(folder: Path, *, wait_s: float) -> Iterator[None]:
    """Hold a slot inside the block.

    Parameters
    ----------
    folder : Path
        Where this machine's slots are; made when missing.
    wait_s : float
        How long to wait for one.

    Raises
    ------
    Unavailable
        When none became free in that time.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        slots = [
            stack.enter_context((folder / f".reader-{number}.lock").open("ab"))
            for number in range(len(os.sched_getaffinity(0)))
        ]
        deadline = time.monotonic() + wait_s
        while not any(_is_taken(slot) for slot in slots):
            if time.monotonic() >= deadline:
                raise Unavailable(
                    "The hub is reading other uploads right now, so nothing was stored. "
                    "Try again in a minute.",
                    code="readers-busy",
                )
            time.sleep(_POLL_S)
        yield


def _is_taken(slot: BinaryIO) -> bool:
    """Take a slot, unless another holds it."""
    try:
        fcntl.flock(slot, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
