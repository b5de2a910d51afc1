"""Takes memory, in one process or in many, and holds it for a moment."""

import os
import time


def attack(mebibytes, processes=0):
    if not processes:
        return _take(mebibytes)
    children = [_fork(mebibytes // processes) for _ in range(processes)]
    return sum(os.waitpid(child, 0)[1] == 0 for child in children)


def _fork(mebibytes):
    child = os.fork()
    if child == 0:
        _take(mebibytes)
        os._exit(0)
    return child


def _take(mebibytes):
    block = bytearray(mebibytes << 20)
    for place in range(0, len(block), 4096):
        block[place] = 1
    time.sleep(0.5)
    return 1
