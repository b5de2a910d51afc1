"""Fills the temporary folders: with bytes, with one huge hole, with countless files."""

import os
import time
from pathlib import Path

from attempts import outcome


def attack(what, amount, folder="/tmp"):
    return {"bytes": _bytes, "hole": _hole, "files": _files}[what](folder, amount)


def _bytes(folder, mebibytes):
    with Path(folder, "full").open("wb", buffering=0) as file:
        word = outcome(lambda: [file.write(bytes(1 << 20)) for _ in range(mebibytes)])
    time.sleep(0.5)  # So that somebody who only looks now and then can see it.
    return word


def _hole(folder, mebibytes):
    path = f"{folder}/hole"
    Path(path).touch()
    return outcome(os.truncate, path, mebibytes << 20)


def _files(folder, count):
    for number in range(count):
        os.close(os.open(f"{folder}/{number}", os.O_CREAT))
    return "done"
