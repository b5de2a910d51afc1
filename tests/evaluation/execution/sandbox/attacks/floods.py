"""Prints, or answers, more than anybody wants."""

import os


def attack(stream, mebibytes=1 << 20):
    if stream == "answer":
        return b"x" * (mebibytes << 20)
    descriptor = {"stdout": 1, "stderr": 2}[stream]
    for _ in range(mebibytes):
        rest = memoryview(bytes(1 << 20))
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    return "printed"
