"""What commands write, whatever strangers have written into it."""

import csv
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import click
import pytest

from valhub.client.hubs.records import Record
from valhub.client.remote.formats import (
    Format,
    csv_text,
    json_text,
    read_format,
    write_record,
    write_records,
)
from valhub.errors import Invalid

NASTY = "=1+1\x1b[2J\u202e\x9b\x7f \ud800 äß"
OBEYED = ("\x1b", "\u202e", "\x9b", "\x7f", "\ud800")
OPTION = click.Option(["--format"])


@dataclass(frozen=True)
class Thing(Record):
    id: int
    name: str
    at: datetime | None = None
    result: dict[str, Any] | None = field(default_factory=lambda: {"verdict": "scored"})


@pytest.mark.parametrize("kind", ["table", "json", "csv"])
@pytest.mark.parametrize("many", [True, False])
def test_nothing_of_a_stranger_reaches_the_terminal(
    kind: str, many: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    thing = Thing(1, NASTY, datetime(2026, 1, 1, tzinfo=UTC))
    if many:
        write_records([thing], Format(kind), usual=["id", "name"])
    else:
        write_record(thing, Format(kind), usual=["id", "name"])
    written = capsys.readouterr().out
    assert "äß" in written
    assert not [one for one in OBEYED if one in written]


def test_json_holds_what_was_there() -> None:
    assert json.loads(json_text({"name": NASTY}))["name"] == NASTY


def test_csv_is_no_formula() -> None:
    (_, row) = csv.reader(csv_text([{"name": "=1+1", "at": None}]).splitlines())
    assert row == ["'=1+1", ""]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("json", Format("json")),
        (" csv(id, status) ", Format("csv", ("id", "status"))),
        ("table(id)", Format("table", ("id",))),
    ],
)
def test_formats_are_read(written: str, read: Format) -> None:
    assert read_format(written, OPTION) == read


@pytest.mark.parametrize("written", ["yaml", "json(id", "", "json(id))", "json)id("])
def test_other_formats_are_refused(written: str) -> None:
    with pytest.raises(click.BadParameter, match="is no format"):
        read_format(written, OPTION)


def test_fields_are_chosen_by_name_also_inside_others(capsys: pytest.CaptureFixture[str]) -> None:
    things = [Thing(1, "a"), Thing(2, "b", result=None)]
    form = Format("json", ("id", "result.verdict"))
    write_records(things, form, usual=[])
    assert json.loads(capsys.readouterr().out) == [
        {"id": 1, "result.verdict": "scored"},
        {"id": 2, "result.verdict": None},
    ]
    write_records(things, Format("csv", ("result.verdict", "id")), usual=[])
    assert capsys.readouterr().out == "result.verdict,id\nscored,1\n,2\n"


@pytest.mark.parametrize("kind", ["table", "json", "csv"])
def test_a_field_that_is_none_is_refused_with_those_there_are(kind: str) -> None:
    with pytest.raises(Invalid, match=r"no field `nmae`. There are: id, name"):
        write_records([Thing(1, "a")], Format(kind, ("nmae",)), usual=[])


def test_a_list_of_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    write_records([], Format(), usual=["id"], title="analyses")
    write_records([], Format("json"), usual=["id"])
    assert capsys.readouterr().out == "No analyses.\n[]\n"
