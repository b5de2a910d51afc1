"""In which order files are run: drawn for each run, and still about longest first.

An algorithm could count its calls and so recognise a file by its place, if the place were the same
in every run. But a long file that starts last keeps everybody waiting. So chance decides between
files whose sizes are less than a factor of two apart, and the size between all others.
"""

from collections.abc import Callable, Iterable
from random import Random
from typing import TypeVar

_File = TypeVar("_File")


def longest_first(
    files: Iterable[_File], size_of: Callable[[_File], int], chance: Random
) -> list[_File]:
    """Draw an order in which a file of twice the size of another comes before it.

    Parameters
    ----------
    files : iterable
        In an order of no consequence.
    size_of : callable
        A file's size, in any unit that grows with the time it takes.
    chance : random.Random
        `SystemRandom`, so that nothing an algorithm or its author knows gives the order away.
    """
    drawn = [(size_of(file) * 2.0 ** chance.random(), chance.random(), file) for file in files]
    return [file for *_, file in sorted(drawn, key=lambda one: one[:2], reverse=True)]
