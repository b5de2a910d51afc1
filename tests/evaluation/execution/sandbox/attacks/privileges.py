"""Looks for a way up: setuid programs, capabilities, other accounts."""

import os
from pathlib import Path

from attempts import outcome


def attack():
    status = Path("/proc/self/status").read_text().splitlines()
    fields = dict(line.split(":\t", 1) for line in status if ":\t" in line)
    return {
        "capabilities": int(fields["CapEff"], 16) | int(fields["CapBnd"], 16),
        "may gain more": fields["NoNewPrivs"] == "0",
        "setuid(0)": outcome(os.setuid, 0),
        "setgroups": outcome(os.setgroups, [0]),
        "renice": outcome(os.setpriority, os.PRIO_PROCESS, 0, -10),
    }
