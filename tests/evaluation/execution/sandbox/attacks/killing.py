"""Ends processes that it did not start."""

import os
import signal
import time


def attack(victim, number=signal.SIGKILL):
    pid = {"parent": os.getppid(), "everybody": -1, "group": 0}.get(victim, victim)
    os.kill(pid, number)
    time.sleep(0.3)
    return "both alive"
