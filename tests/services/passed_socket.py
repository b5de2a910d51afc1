"""Starting the hub's commands as a `.socket` unit of systemd does."""

import sys

# What systemd does between forking and executing: the socket is descriptor 3, the process is named.
PASS_ON = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": sys.argv[2]}
os.execv(sys.executable, [sys.executable, "-m", "valhub.client.cli", *sys.argv[3:]])
"""


def passing(descriptor: int, *arguments: str, number: int = 1) -> list[str]:
    """The command that starts the hub's as a `.socket` unit would."""
    return [sys.executable, "-c", PASS_ON, str(descriptor), str(number), *arguments]
