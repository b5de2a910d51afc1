"""The database's clock, which every machine goes by: their own may disagree."""

from datetime import timedelta

from django.db.models import F, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now


def ago(age: timedelta) -> CombinedExpression:
    """The moment that is so long ago now."""
    return Now() - Value(age)


def age_of(column: str) -> CombinedExpression:
    """How long ago the moment in a column was: a `timedelta`; None where there is no moment."""
    return Now() - F(column)
