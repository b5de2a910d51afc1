"""Crashes, hoping that its memory is written somewhere."""

import os


def attack():
    child = os.fork()
    if child == 0:
        os.chdir("/tmp")
        os.abort()
    _, status = os.waitpid(child, 0)
    return os.WCOREDUMP(status)
