"""Rounding to significant digits, which limits how much of hidden data a number can carry."""

from dataclasses import replace
from typing import Any

from valhub.evaluation.results import Aggregate

# Of costs, which an algorithm chooses by how long it works.
COST_DIGITS = 2


def rounded_number(number: float, digits: int | None) -> float:
    """Round a number to significant digits; None for `digits` leaves it as it is."""
    return number if digits is None else float(f"{number:.{digits}g}")


def rounded(number: float | None, digits: int | None) -> float | None:
    """Round a number that may be missing."""
    return None if number is None else rounded_number(number, digits)


def rounded_aggregate(aggregate: Aggregate, digits: int | None) -> Aggregate:
    """Round a value and the ends of its interval; their order stays."""
    return replace(
        aggregate,
        value=rounded_number(aggregate.value, digits),
        low=rounded(aggregate.low, digits),
        high=rounded(aggregate.high, digits),
    )


def rounded_document(value: Any, digits: int | None) -> Any:
    """Round every number of a document; whole numbers stay whole, and texts stay as they are."""
    match value:
        case bool():
            return value
        case int():
            return int(rounded_number(value, digits))
        case float():
            return rounded_number(value, digits)
        case dict():
            return {key: rounded_document(one, digits) for key, one in value.items()}
        case list():
            return [rounded_document(one, digits) for one in value]
    return value
