"""Lists in pages: the newest first, each with a cursor to those that follow.

A cursor names the last row of its page, not a count of rows, so that rows which come or go
meanwhile are neither repeated nor left out. It is signed: what comes back is what was given out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet
from ninja import Field, Schema

from valhub.errors import Invalid

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")

USUAL_ROWS = 50
MOST_ROWS = 500

Limit = Annotated[int, Field(ge=1, le=MOST_ROWS, description="How many items at most.")]
CursorText = Annotated[
    str | None, Field(max_length=500, description="`next` of the page before; none for the first.")
]


class PageQuery(Schema):
    """Which page of a list."""

    limit: Limit = USUAL_ROWS
    cursor: CursorText = None


class ListOf(Schema, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    next: str | None = Field(description="The cursor of the next page; null on the last one.")
    total: int | None = Field(default=None, description="How many there are, where that is known.")


@dataclass(frozen=True)
class Found(Generic[Row]):
    """The rows of a page."""

    rows: list[Row]
    next: str | None


def newest_first(rows: QuerySet[Row], *, by: str, asked: PageQuery) -> Found[Row]:
    """Read a page of rows.

    Parameters
    ----------
    rows : QuerySet
        All of them; its order is replaced.
    by : str
        The column of the time by which they are sorted, of which none is null.
    asked : PageQuery

    Raises
    ------
    Invalid
        The cursor is not one of this list.
    """
    list_name = f"{rows.model._meta.label}:{by}"
    if asked.cursor:
        rows = rows.filter(_after(asked.cursor, list_name, by))
    found = list(rows.order_by(f"-{by}", "-pk")[: asked.limit + 1])
    shown = found[: asked.limit]
    return Found(shown, _cursor(shown, list_name, by) if len(found) > len(shown) else None)


def invalid_cursor() -> Invalid:
    """Refuse a cursor that was not given out for a list."""
    return Invalid(
        "The cursor does not belong to this list. Leave it out to see the first page.",
        code="cursor-of-another-list",
        field="cursor",
    )


def _cursor(rows: Sequence[Model], list_name: str, by: str) -> str:
    last = rows[-1]
    return signing.dumps([getattr(last, by).isoformat(), str(last.pk)], salt=list_name)


def _after(cursor: str, list_name: str, by: str) -> Q:
    try:
        at, pk = signing.loads(cursor, salt=list_name)
    except signing.BadSignature:
        raise invalid_cursor() from None
    time: Any = datetime.fromisoformat(at)
    return Q(**{f"{by}__lt": time}) | Q(**{by: time, "pk__lt": pk})
