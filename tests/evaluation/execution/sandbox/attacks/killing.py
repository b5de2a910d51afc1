"""Ends processes that it did not start."""

import os
import signal


def attack(victim, number=signal.SIGKILL):
    pid = {"parent": os.getppid(), "everybody": -1, "group": 0}.get(victim, victim)
    os.kill(pid, number)
    signal.pause()
