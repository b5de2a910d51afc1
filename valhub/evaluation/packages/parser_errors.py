"""The one place where what parsers raise on untrusted bytes becomes a fault.

Parsers and converters fail in as many ways as they have authors: a time zone that does not exist
is a `KeyError`, text that is not UTF-8 a `ValueError`, brackets within brackets a `RecursionError`.
Which of them say something about the input is decided here alone. What says something about this
machine passes: a disk that failed, and memory that ran out.
"""

import csv
import errno
import struct
import zlib
from collections.abc import Callable
from typing import TypeVar

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.member_names import shown

Read = TypeVar("Read")

_OF_THE_INPUT = (
    ValueError,
    ArithmeticError,
    LookupError,
    NotImplementedError,
    RecursionError,
    SyntaxError,
    csv.Error,
    struct.error,
    zlib.error,
)
# What a parser makes of bytes that lead it astray; any other number is the disk's or the system's.
_LED_ASTRAY = (None, errno.EINVAL)


def read_or_note(
    read: Callable[[], Read],
    faults: FaultList,
    problem: str,
    fix: str,
    *,
    file: str,
    column: str = "",
    runs_out_of_stack: bool = False,
) -> Read | None:
    """Have a parser read something, and note a fault when the input makes it fail.

    Parameters
    ----------
    read : callable
        What to do.
    faults : FaultList
        Takes note.
    problem, fix : str
        The fault, as a sentence without its full stop, and how to fix it; the reason is added.
    file, column : str
        Where the input is.
    runs_out_of_stack : bool
        Whether the parser reports input that is nested too deeply as a lack of memory.

    Returns
    -------
    Read or None
        None when a fault was noted.
    """
    try:
        return read()
    except Exception as error:
        if not (_is_of_the_input(error) or (runs_out_of_stack and type(error) is MemoryError)):
            raise
        faults.add(f"{problem} ({_reason(error)}).", fix, file=file, column=column)
        return None


def _is_of_the_input(error: Exception) -> bool:
    # Lack of memory says nothing about the file, though pyarrow's own is also an `ArrowException`.
    if isinstance(error, MemoryError):
        return False
    if isinstance(error, OSError):
        return error.errno in _LED_ASTRAY
    return isinstance(error, _OF_THE_INPUT) or _is_of_arrow(error)


def _is_of_arrow(error: Exception) -> bool:
    # By name, because not everybody who parses something loads pyarrow.
    return any(kind.__name__ == "ArrowException" for kind in type(error).__mro__)


def _reason(error: Exception) -> str:
    match error:
        case UnicodeError():
            return "its text is not UTF-8"
        case RecursionError() | MemoryError():
            return "it is nested too deeply"
        case OverflowError():
            return "a number in it is too large"
        case SyntaxError(msg=str(text)):
            return shown(text)
    first = str(error).split("\n", 1)[0].rstrip(".")
    if "Invalid UTF8" in first:
        return "its text is not UTF-8"  # as Arrow says it
    return shown(first) or type(error).__name__
