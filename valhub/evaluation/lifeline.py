"""Tying a process to the one that started it: when that is killed outright, this one ends too.

The kernel sends the signal, so nothing has to be alive to pass it on.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int) -> None:
    """Ask the kernel to send this process SIGTERM when `parent` ends; exit if it already has.

    A fork does not inherit the request, so every process asks for itself.
    """
    kernel = ctypes.CDLL(None, use_errno=True)
    if kernel.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0):
        raise OSError(ctypes.get_errno(), "The kernel refused to tie this process to its parent.")
    if os.getppid() != parent:
        sys.exit(0)
