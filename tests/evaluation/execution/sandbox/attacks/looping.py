"""Runs on and on, and hears no signal."""

import signal
import sys
import time


def attack(seconds=1e9, *, deaf=True):
    if deaf:
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
    sys.stdout.write("deaf\n")
    sys.stdout.flush()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass
    return "ended"
