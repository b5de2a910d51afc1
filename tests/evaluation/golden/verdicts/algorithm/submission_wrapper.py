"""Does to each file what its column `answer` names."""

import os
import sys
import time


def detect_time_shifts(series, answer):
    """Return the right minutes, or do not."""
    sys.stdout.write(series.name)
    return ANSWERS[answer](series)


def raises(series):
    raise ValueError(f"cannot read {series.name}")


def hangs(series):
    time.sleep(60)


def eats_memory(series):
    return bytearray(10**10)


def exits(series):
    os._exit(7)


ANSWERS = {
    "right": lambda series: [0, 60, 60, 0],
    "raises": raises,
    "hangs": hangs,
    "eats memory": eats_memory,
    "exits": exits,
    "nothing": lambda series: None,
    "own": lambda series: type(series.name, (), {})(),
}
