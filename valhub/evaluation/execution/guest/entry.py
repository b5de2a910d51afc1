"""Finding the algorithm's function, and calling it the way its author wrote it."""

from __future__ import annotations

import importlib
import inspect
from typing import Any


def load(module: str, function: str) -> Any:
    """Import the algorithm and return its function; raises whatever the import raises."""
    return getattr(importlib.import_module(module), function)


def bind_arguments(
    function: Any, keywords: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Decide which of a task's keyword arguments a function gets, after its first argument.

    Parameters
    ----------
    function : callable
        Takes the data as its first argument.
    keywords : dict
        What the task offers, in its declared order.

    Returns
    -------
    tuple, dict
        Further positional and keyword arguments. By name where the names match; else by position,
        in order, cut to what the function takes.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return (), {}
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return (), dict(keywords)
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return tuple(keywords.values()), {}
    further = parameters[1:]
    matching = {p.name: keywords[p.name] for p in further if p.name in keywords}
    needed = [p for p in further if p.default is p.empty and p.name not in matching]
    if not needed and (matching or not _strangers(further)):
        return (), matching
    positions = [p for p in further if p.kind is not p.KEYWORD_ONLY]
    return tuple(keywords.values())[: len(positions)], {}


def _strangers(parameters: list[inspect.Parameter]) -> bool:
    return any(parameter.kind is not parameter.KEYWORD_ONLY for parameter in parameters)
