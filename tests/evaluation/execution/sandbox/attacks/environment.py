"""Looks for a secret in the environment of every process it can see."""

import os
from pathlib import Path


def attack(name):
    return name in os.environ or any(name.encode() in text for text in _environments())


def _environments():
    for process in Path("/proc").glob("[0-9]*"):
        try:
            yield (process / "environ").read_bytes()
        except OSError:
            continue
