"""Starts as many processes or threads as it can; `bomb` makes every one of them do the same."""

import os
import signal
import threading
import time


def attack(what="count"):
    return {"count": _count, "threads": _count_threads, "bomb": _bomb}[what]()


def _count():
    children = []
    try:
        while len(children) < 2000:
            child = os.fork()
            if child == 0:
                signal.pause()
            children.append(child)
    except OSError:
        return len(children)
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _count_threads():
    stop = threading.Event()
    threads = []
    try:
        while len(threads) < 2000:
            thread = threading.Thread(target=stop.wait)
            thread.start()
            threads.append(thread)
    except RuntimeError:
        return len(threads)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _bomb():
    while True:
        try:
            os.fork()
        except OSError:
            time.sleep(0.01)
