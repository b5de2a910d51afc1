"""Prints a word so late that nobody may be listening any more."""

import os
import threading
import time


def attack(word):
    os.write(1, f"{word} in time\n".encode())
    threading.Thread(target=_late, args=(word,), daemon=True).start()
    return "printed"


def _late(word):
    while True:
        os.write(2, f"{word} late\n".encode())
        time.sleep(0.001)
