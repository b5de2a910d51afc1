"""The database's clock, which every machine goes by: their own may disagree."""

from datetime import timedelta

from django.db.models import Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now


def ago(age: timedelta) -> CombinedExpression:
    """The moment that is so long ago now."""
    return Now() - Value(age)
