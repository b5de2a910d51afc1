"""Takes the guest's own line to the host over while it is imported, and lies on it.

It claims to be ready, and tells of ends of children that no kernel has ever told.
"""

import os
import signal
import sys


def _take_over():
    frame = sys._getframe()
    while "control" not in frame.f_locals:
        frame = frame.f_back
    wire = sys.modules["valhub_guest.wire"]
    control = frame.f_locals["control"]
    wire.send_value(control, {"kind": "ready"})
    for status in (10**30, -1, None, "0"):
        wire.send_value(control, {"kind": "exited", "status": status})
    while True:
        signal.pause()


def predict(_):
    return os.getpid()


_take_over()
