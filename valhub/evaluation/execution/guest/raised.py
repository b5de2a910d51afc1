"""An exception as data: what its author needs to find the fault."""

from __future__ import annotations

import builtins
import traceback
from typing import Any

_MESSAGE_CHARACTERS = 2_000
_TRACEBACK_CHARACTERS = 20_000
_FRAMES = 50


def describe(error: BaseException) -> dict[str, Any]:
    """Type, message, traceback and the places it went through, innermost last, each cut to size.

    `base` is the nearest type that Python itself defines: a name that no author can choose.
    """
    kind = type(error)
    base = next(k.__name__ for k in kind.__mro__ if getattr(builtins, k.__name__, None) is k)
    places = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    text = "".join(traceback.format_exception(kind, error, error.__traceback__))
    return {
        "type": kind.__qualname__[:200],
        "base": base,
        "message": _text(error)[:_MESSAGE_CHARACTERS],
        "traceback": text[-_TRACEBACK_CHARACTERS:],
        "places": [[place.filename[:500], place.lineno or 0] for place in places],
        "out_of_memory": isinstance(error, MemoryError),
    }


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception whose own __str__ raises still has a type
        return ""
