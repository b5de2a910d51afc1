"""Turning signals into an event that a loop can watch.

A handler that set the event itself could interrupt the very wait that holds the event's lock, and
hang there. So the interpreter writes the signal's number to a pipe and a thread sets the event.
"""

import os
import signal
import threading

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def stop_on_signals(*, grace_s: int = 0) -> threading.Event:
    """Give an event that is set by SIGTERM, SIGINT or SIGHUP. Call it once, in the main thread.

    Parameters
    ----------
    grace_s : int
        Seconds after the signal at which the kernel ends a process that has not ended by itself;
        0 lets it take its time.
    """
    stop = threading.Event()
    # Bare descriptors stay open to the end: the second signal finds them after the thread has gone.
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    threading.Thread(
        target=_watch, args=(read_end, stop, grace_s), name="signals", daemon=True
    ).start()
    signal.set_wakeup_fd(write_end)
    for number in STOPPING:
        signal.signal(number, _only_wake)
    return stop


def _only_wake(_number: int, _frame: object) -> None:
    """Without a handler of its own the interpreter would not write the signal's number."""


def _watch(read_end: int, stop: threading.Event, grace_s: int) -> None:
    while os.read(read_end, 1)[0] not in STOPPING:
        pass
    if grace_s:
        signal.alarm(grace_s)
    stop.set()
