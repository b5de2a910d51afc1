"""Records as tables on a terminal."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.table import Table

from valhub.client.terminal import open_console, safe
from valhub.evaluation.wording import NOTHING, heading, number


def draw_list(rows: Sequence[Mapping[str, Any]], title: str) -> None:
    """Draw a table with a line for each record."""
    console = open_console()
    if not rows:
        console.print(f"No {title or 'rows'}.")
        return
    table = Table(box=box.SIMPLE_HEAD)
    numeric = {name for name in rows[0] if isinstance(rows[0][name], int | float)}
    for name in rows[0]:
        table.add_column(
            safe(heading(name.replace(".", " "))),
            justify="right" if name in numeric else "left",
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(safe(in_words(value)) for value in row.values()))
    console.print(table)


def draw_fields(values: Mapping[str, Any]) -> None:
    """Draw a record, a line for each field."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in values.items():
        table.add_row(safe(heading(name.replace(".", " "))), safe(in_words(value)))
    open_console().print(table)


def in_words(value: Any) -> str:
    """Write a value for people."""
    match value:
        case None | "":
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case float():
            return number(value)
        case datetime():
            return f"{value.astimezone():%Y-%m-%d %H:%M}"
        case tuple() | list():
            return ", ".join(in_words(one) for one in value)
    return str(value)
