"""One conversation over one socket, in a process of its own.

Kinds of request: `call` (a task package's function over a data file), `predict` (a script package's
algorithm) and `evaluate` (its evaluator, which calls back with `predict`). Every request gets one
`answer`, `raised` or `unencodable`; a message that this side cannot read is sent back as
`unreadable`.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any

from . import wire
from .entry import bind_arguments
from .raised import describe

# What comes from the host is bounded by the data set, which the host knows and this side does not.
_NO_LIMIT = 1 << 62


class AlgorithmError(Exception):
    """The algorithm could not answer the evaluator's call; the host knows why."""


def serve(channel: Any, function: Any) -> None:
    """Answer requests until the host closes the channel (then `EOFError`)."""
    while True:
        request = _read(channel)
        _reply(channel, _HANDLERS[request["kind"]](channel, function, request))


def _read(channel: Any) -> Any:
    """Next message that this side can read; the others are sent back, with what they need."""
    while True:
        try:
            return wire.read_frame(channel, _NO_LIMIT)
        except wire.MissingLibrary as error:
            wire.send_value(channel, {"kind": "unreadable", "package": str(error)})


def _reply(channel: Any, work: Any) -> None:
    try:
        value = work()
    except BaseException as error:  # noqa: BLE001 - also `exit()` is the algorithm's own doing
        flush_prints()
        wire.send_value(channel, {"kind": "raised", "error": describe(error)})
        return
    flush_prints()
    try:
        parts = wire.frame_parts({"kind": "answer", "value": value})
    except wire.Unencodable as error:
        parts = wire.frame_parts({"kind": "unencodable", "type": str(error)[:500]})
    wire.send_parts(channel, parts)


def flush_prints() -> None:
    """Send off what was printed, wherever the algorithm has made its prints go."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError, OSError):
            stream.flush()


def _call(channel: Any, function: Any, request: Any) -> Any:
    data = wire.read_frame(channel, _NO_LIMIT)

    def call() -> Any:
        first, others = _apart(data) if request.get("columns_apart") else (data, {})
        positional, keywords = bind_arguments(
            function,
            {**others, **request["keywords"]},
            by_position=request.get("by_position", False),
        )
        return function(first, *positional, **keywords)

    return call


def _apart(data: Any) -> tuple[Any, dict[str, Any]]:
    """Return the first column of the data, and the others by name; a Series is one column."""
    if not hasattr(data, "columns"):
        return data, {}
    first, *others = data.columns
    return data[first], {name: data[name] for name in others}


def _predict(_: Any, function: Any, request: Any) -> Any:
    return lambda: function(request["value"])


def _evaluate(channel: Any, function: Any, request: Any) -> Any:
    def predict(data: Any) -> Any:
        wire.send_value(channel, {"kind": "predict", "value": data})
        reply = _read(channel)
        if reply["kind"] != "answer":
            raise AlgorithmError(reply["message"])
        return reply["value"]

    return lambda: function(request["test_data"], request["annotation"], predict)


_HANDLERS = {"call": _call, "predict": _predict, "evaluate": _evaluate}
