"""Hunts for a secret through its own memory, every object and every frame.

The secret is given backwards, and never turned round: the hunter must not find its own question.
"""

import gc
import re
import sys
from pathlib import Path


def attack(backwards, *_):
    return {
        "memory": _is_in_memory(backwards),
        "objects": any(item[::-1] == backwards for item in _texts(len(backwards))),
        "frames": any(backwards in repr(local)[::-1] for local in _locals()),
    }


def _locals():
    frame = sys._getframe(2)
    while frame is not None:
        yield from list(frame.f_locals.values())
        frame = frame.f_back


def _texts(length):
    for holder in gc.get_objects():
        if isinstance(holder, (list, tuple)):
            yield from (item for item in holder if type(item) is str and len(item) == length)


def _is_in_memory(backwards):
    half = len(backwards) // 2
    first, second = backwards[half:][::-1].encode(), backwards[:half][::-1].encode()
    pattern = re.compile(first + b"(?=" + second + b")")
    with Path("/proc/self/mem").open("rb", buffering=0) as memory:
        return any(pattern.search(part) for part in _parts(memory))


def _parts(memory):
    for line in Path("/proc/self/maps").read_text().splitlines():
        place, rights = line.split()[:2]
        start, end = (int(number, 16) for number in place.split("-"))
        if rights.startswith("rw"):
            memory.seek(start)
            yield memory.read(end - start)
