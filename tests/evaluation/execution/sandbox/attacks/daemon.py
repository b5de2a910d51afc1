"""Leaves a daemon behind that has forked twice, belongs to no session and hears no signal."""

import os
import signal
import time


def attack(seconds=60):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.write(writing, str(os.getpid()).encode())
            for descriptor in range(3):
                os.close(descriptor)
            time.sleep(seconds)
        os._exit(0)
    os.wait()
    return int(os.read(reading, 32))
