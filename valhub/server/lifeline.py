"""Processes that end with the one that started them, even when that one is killed outright.

The kernel sends the signal, so nothing has to be alive to pass it on.
"""

import ctypes
import os
import signal
import sys

# The process that a child was started by; set in the child's environment.
PARENT_VARIABLE = "VALHUB_PARENT"
_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int) -> None:
    """Ask the kernel to send this process SIGTERM when `parent` ends; exit if it already has.

    The wish does not outlive a fork, so every process asks for itself.
    """
    kernel = ctypes.CDLL(None, use_errno=True)
    if kernel.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0):
        raise OSError(ctypes.get_errno(), "The kernel refused to tie this process to its parent.")
    if os.getppid() != parent:
        sys.exit(0)


def end_with_supervisor() -> None:
    """Do so for the process that started this one and said so in its environment."""
    parent = os.environ.get(PARENT_VARIABLE)
    if parent:
        end_with_parent(int(parent))
