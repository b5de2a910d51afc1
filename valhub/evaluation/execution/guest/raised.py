"""An exception as data: what its author needs to find the fault."""

from __future__ import annotations

import builtins
import errno
import traceback
from collections import deque
from typing import Any

_MESSAGE_CHARACTERS = 2_000
_TRACEBACK_CHARACTERS = 20_000
_FRAMES = 50
_CLASSES = 20
_CLASS_CHARACTERS = 100


def describe(error: BaseException) -> dict[str, Any]:
    """Type, message, traceback and the places it went through, innermost last, each cut to size.

    `base` is the nearest type that Python itself defines, and `classes` are all that it derives
    from; the host believes neither beyond a list of names.
    """
    kind = type(error)
    base = next(k.__name__ for k in kind.__mro__ if getattr(builtins, k.__name__, None) is k)
    innermost = _innermost(error.__traceback__)
    places = traceback.walk_tb(innermost)
    text = "".join(traceback.format_exception(kind, error, innermost, limit=-_FRAMES))
    return {
        "type": kind.__qualname__[:200],
        "base": base,
        "classes": [_class_name(one) for one in kind.__mro__[:_CLASSES]],
        "message": _text(error)[:_MESSAGE_CHARACTERS],
        "traceback": text[-_TRACEBACK_CHARACTERS:],
        "places": [[frame.f_code.co_filename[:500], line or 0] for frame, line in places],
        "out_of_memory": isinstance(error, MemoryError),
        "read_only": isinstance(error, OSError) and error.errno in (errno.EROFS, errno.EACCES),
    }


def _class_name(kind: type) -> str:
    try:
        return f"{kind.__module__}.{kind.__name__}"[:_CLASS_CHARACTERS]
    except Exception:  # noqa: BLE001 - a class whose module is an object of its own has no name
        return ""


def _innermost(trace: Any) -> Any:
    """Return the end of a traceback: a recursion may be a million frames deep."""
    last: deque[Any] = deque(maxlen=_FRAMES)
    while trace is not None:
        last.append(trace)
        trace = trace.tb_next
    return last[0] if last else None


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception whose own __str__ raises still has a type
        return ""
