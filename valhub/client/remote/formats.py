"""What a command writes: a table for people, JSON or CSV for programs, with the fields they name.

`--format json` writes every field, `--format "json(id,status)"` the named ones; a dot leads into a
field (`result.verdict`). Every form keeps control characters of strangers from the terminal.
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click

from valhub.client.hubs.records import Record
from valhub.console import echo
from valhub.errors import Invalid
from valhub.texts import cut, visible

KINDS = ("table", "json", "csv")
_WRITTEN = re.compile(r"(table|json|csv)(?:\(([^()]*)\))?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Format:
    """How to write, and which fields; none names all of them."""

    kind: str = "table"
    fields: tuple[str, ...] = ()


def read_format(text: str, parameter: click.Parameter) -> Format:
    """Read what was written behind `--format`; raises `click.BadParameter`."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise click.BadParameter(
            f"{cut(text)!r} is no format. Write one of {', '.join(KINDS)}, perhaps with fields: "
            '"json(id,status)".',
            param=parameter,
        )
    names = tuple(name.strip() for name in (found[2] or "").split(",") if name.strip())
    return Format(found[1], names)


def write_records(
    records: Sequence[Record], form: Format, *, usual: Sequence[str], title: str = ""
) -> None:
    """Write a list of records to standard output; a table shows the usual fields by default."""
    if form.kind == "json":
        chosen = [_picked(one.document(), form.fields) for one in records]
        echo(json_text(chosen))
        return
    rows = [one.row() for one in records]
    if form.kind == "csv":
        echo(csv_text([_picked(row, form.fields) for row in rows]))
        return
    from valhub.client.remote.drawing import draw_list

    draw_list([_picked(row, form.fields or tuple(usual)) for row in rows], title)


def write_record(record: Record, form: Format, *, usual: Sequence[str]) -> None:
    """Write one record: an object, a line of CSV, or a list of its fields."""
    if form.kind == "json":
        echo(json_text(_picked(record.document(), form.fields)))
        return
    if form.kind == "csv":
        echo(csv_text([_picked(record.row(), form.fields)]))
        return
    from valhub.client.remote.drawing import draw_fields

    draw_fields(_picked(record.row(), form.fields or tuple(usual)))


def json_text(value: object) -> str:
    """Write JSON that no terminal obeys: what it would obey is written as an escape."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    return "".join(one if _is_plain(one) else _escape(one) for one in text)


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write rows as CSV: nothing in it is a formula to a spreadsheet."""
    text = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_csv_cell(row.get(name)) for name in names] for row in rows)
    return text.getvalue().removesuffix("\n")


def _picked(values: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Choose fields of a record by their names; all of them when none is named."""
    return {name: _value(values, name) for name in names} if names else dict(values)


def _value(values: Mapping[str, Any], name: str) -> Any:
    if name in values:
        return values[name]
    inside: Any = values
    for part in name.split("."):
        if inside is None:
            return None
        if not isinstance(inside, Mapping) or part not in inside:
            return _inside(values, name)
        inside = inside[part]
    return inside


def _inside(values: Mapping[str, Any], name: str) -> Any:
    """Give what stands below a name; raises `Invalid` where the record has no such field."""
    below = {key: value for key, value in values.items() if key.startswith(f"{name}.")}
    if below:
        return ", ".join(f"{key.removeprefix(f'{name}.')}: {item}" for key, item in below.items())
    # A field that is empty here has parts elsewhere: `result.verdict` before there is a result.
    above = name.rpartition(".")[0]
    while above:
        if above in values and values[above] is None:
            return None
        above = above.rpartition(".")[0]
    choice = ", ".join(values)
    raise Invalid(
        f"There is no field `{cut(name)}`. There are: {choice}.", code="no-such-field", field=name
    )


def _csv_cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if not isinstance(value, str):
        return value
    text = visible(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _is_plain(character: str) -> bool:
    return character in "\n\t" or unicodedata.category(character) not in (
        "Cc", "Cf", "Cs", "Zl", "Zp",
    )  # fmt: skip


def _escape(character: str) -> str:
    pairs = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{pairs[at : at + 2].hex()}" for at in range(0, len(pairs), 2))
