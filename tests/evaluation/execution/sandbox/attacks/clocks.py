"""Sets every clock it can reach back, works for a while, and claims to have taken no time."""

import os
import resource
import time


def attack(seconds):
    end = time.monotonic() + seconds
    really = time.monotonic
    for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
        setattr(time, name, lambda: 0.0)
    os.times = lambda: (0.0,) * 5
    resource.getrusage = lambda _: None
    started = time.perf_counter()
    while really() < end:
        pass
    return time.perf_counter() - started
