"""Finding the algorithm's function, and calling it the way its author wrote it."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from .argument_binding import Mismatch, bind
from .errors import UnusableArguments


def load(module: str, function: str) -> Any:
    """Import the algorithm and return its function; raises whatever the import raises."""
    return getattr(importlib.import_module(module), function)


def bind_arguments(
    function: Any, keywords: dict[str, Any], *, by_position: bool = False
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Decide which of a task's keyword arguments a function gets, after its first argument.

    Parameters
    ----------
    function : callable
        Takes the data as its first argument.
    keywords : dict
        What the task offers, in its declared order.
    by_position : bool
        Whether the task passes them by position, whatever the names are.

    Returns
    -------
    tuple, dict
        Further positional and keyword arguments; none for a function that Python cannot inspect.

    Raises
    ------
    UnusableArguments
        When the function cannot be called with what the task offers.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return (), {}
    bound = bind(parameters, keywords, by_position=by_position)
    if isinstance(bound, Mismatch):
        raise UnusableArguments(f"{bound.problem} {bound.fix}")
    return bound.positional, bound.named
