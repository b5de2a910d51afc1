"""CSV as people write it: each odd thing is one fault, with its line, its value and its fix."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties import examples
from valhub.evaluation.packages.faults import Fault, FaultList, InvalidPackage
from valhub.evaluation.packages.tables import csv_rows
from valhub.evaluation.packages.tables.frames import Frame, read_frame
from valhub.evaluation.packages.tables.gap_words import GAP_WORDS

Read = Callable[[str | bytes], Frame]
FaultsOf = Callable[[Callable[[], object]], tuple[Fault, ...]]


def read_file(path: Path, content: str | bytes, time_format: str | None = None) -> Frame:
    """Read a data file of this content; raises `InvalidPackage`."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    faults = FaultList("package")
    frame = read_frame(path, file="a.csv", zone=None, faults=faults, time_format=time_format)
    faults.raise_if_any()
    assert frame is not None
    return frame


@pytest.fixture
def read(tmp_path: Path) -> Read:
    return lambda content: read_file(tmp_path / "a.csv", content)


def rows(count: int, first: int = 1) -> list[str]:
    """Lines of clean data, a quarter of an hour apart."""
    stamps = pd.date_range("2024-01-01", periods=count, freq="15min")
    return [f"{stamp:%Y-%m-%d %H:%M},{n}.5,{n}" for n, stamp in enumerate(stamps, start=first)]


def table(*lines: str) -> str:
    return "\n".join(("time,power,count", *lines)) + "\n"


GOOD = rows(6)
ONE_FAULT = {
    "no header": ("\n".join(GOOD), 1, 'The line is data ("2024-01-01 00:00,1.5,1")'),
    "no header below comments": ("\n".join(["# roof", *GOOD]), 2, "The line is data"),
    "comments above": ("# roof\n# UTC\n" + table(*GOOD), 1, "Lines 1 to 2 are not the header but"),
    "title above": ("Roof of the school\n" + table(*GOOD), 1, '("Roof of the school")'),
    "as many fields above": ("# site,roof,4\n" + table(*GOOD), 1, '("# site,roof,4")'),
    "declared separator": ("sep=,\n" + table(*GOOD), 1, '("sep=,")'),
    "comment below": (table("# all in kW", *GOOD), 2, 'is a comment ("# all in kW")'),
    "comment between": (table(*GOOD[:3], "# reset", *GOOD[3:]), 5, 'is a comment ("# reset")'),
    "comment with fields": (table(*GOOD[:3], "# a,b,c", *GOOD[3:]), 5, 'is a comment ("# a,b,c")'),
    "units": (table("yyyy-mm-dd,kW,1/h", *GOOD), 2, 'below the header is not data ("yyyy-mm-dd,'),
    "units without time": (table(",kW,-", *GOOD), 2, 'below the header is not data (",kW,-")'),
    "second header line": (table("stamp,mean,sum", *GOOD), 2, '("stamp,mean,sum")'),
    "header again": (table(*GOOD[:2], "Time,power,count", *GOOD[2:]), 4, "is the header again"),
    "footer": (table(*GOOD, "Total,21,6"), 8, 'at the end is not data ("Total,21,6"), or'),
    "footer of words": (table(*GOOD, "End of file,,"), 8, 'is not data ("End of file,,").'),
    "short footer": (table(*GOOD, "6 rows exported"), 8, 'not data ("6 rows exported")'),
    "empty row": (table(*GOOD, ",,"), 8, "The row is empty."),
    "empty row of other width": (table(*GOOD, ",,,,"), 8, "The row is empty."),
    "words between": (table(*GOOD[:3], "logger,was,reset", *GOOD[3:]), 5, '("logger,was,reset")'),
    "short row": (table(*GOOD[:3], "2024-01-01 00:4", *GOOD[3:]), 5, "has 1 fields, but the"),
    "long row": (table(*GOOD[:3], f"{GOOD[3]},9", *GOOD[4:]), 5, "has 4 fields, but the"),
    "semicolons": (table(*GOOD).replace(",", ";"), 1, "separated by semicolons"),
    "semicolons, decimal commas": (
        table(*GOOD).replace(",", ";").replace(".", ","),
        1,
        "separated by semicolons",
    ),
    "tabs": (table(*GOOD).replace(",", "\t"), 1, "separated by tabs"),
    "comma in one name": (
        table(*GOOD).replace(",", ";").replace("power", "power, kW").replace(".", ","),
        1,
        "separated by semicolons",
    ),
    "decimal commas": (
        "time,power\n" + "".join(f"2024-01-0{n},{n},5\n" for n in range(1, 7)),
        1,
        "decimal commas split the numbers",
    ),
    "one decimal comma": (
        table(*GOOD[:3], GOOD[3].replace(".", ","), *GOOD[4:]),
        5,
        "has 4 fields, but the header has 3.",
    ),
    "quoted decimal commas": (
        table(*(f'2024-01-0{n},"{n},5",1' for n in range(1, 7))),
        2,
        '"1,5" has a decimal comma; 5 other cells are like it: "2,5" (line 3),',
    ),
    "thousands": (table(*GOOD, '2024-02-01,"1,234.5",1'), 8, '"1,234.5" has a decimal comma.'),
    "one text": (table(*GOOD[:3], "2024-01-01 00:45,No Data,1", *GOOD[4:]), 5, '"No Data" is not'),
    "two texts": (
        table(*GOOD[:3], "2024-01-01 00:45,Bad,1", *GOOD[4:], "2024-02-01,#DIV/0!,1"),
        5,
        '"Bad" is not a number; 1 other cell is like it: "#DIV/0!" (line 8).',
    ),
    "date among numbers": (table(*GOOD, "2024-02-01,2024-05-01,1"), 8, '"2024-05-01" is not a'),
    "unclosed quote": (table(*GOOD[:2], GOOD[2].replace(",3.5", ',"3.5'), *GOOD[3:]), 4, "3.5,3"),
    "unclosed quote before others": (
        table(*GOOD[:2], GOOD[2].replace(",3.5", ',"3.5'), *GOOD[3:], '2024-02-01,"1",1'),
        4,
        "is not closed, and hides the rows",
    ),
    "unclosed quote among quotes": (
        "\n".join(
            ['"time","power"', '"2024-01-01","1"', '"2024-01-02","2', '"2024-01-03","3"', ""]
        ),
        3,
        "is not closed",
    ),
    "unclosed quote of the last line": (table(*GOOD[:-1], '2024-02-01,"3.5,1'), 7, "not closed"),
    "unclosed quote of the header": (table(*GOOD).replace("power", '"power'), 1, "not closed"),
    "NUL": (table(*GOOD[:3], GOOD[3] + "\0", *GOOD[4:]), 5, "The line has NUL bytes, as loggers"),
    "block of NUL": (table(*GOOD) + "\0" * 500, 8, "The line has NUL bytes"),
    "stray returns": (table(*GOOD).replace("\n", "\r\r\n"), 1, "and so do 6 more lines"),
    "one stray return": (table(*GOOD).replace("2.5", "2\r.5"), 3, "has a carriage return (CR)"),
    "not UTF-8": (table(*GOOD).replace("power", "°C").encode("cp1252"), 1, "is not UTF-8 text."),
    "UTF-16": (table(*GOOD).encode("utf-16"), None, "UTF-16"),
    "UTF-16 without a mark": (table(*GOOD).encode("utf-16-le"), None, "UTF-16"),
    "time in a second column": (
        "date,time,power\n2024-01-01,00:00,1\n2024-01-01,00:15,2\n",
        1,
        'The date is in the column "date" and the time in "time".',
    ),
    "time with halves": (
        "Date,Clock,power\n1/13/2024,12:00 AM,1\n1/13/2024,12:15 AM,2\n",
        1,
        'in the column "Date" and the time in "Clock".',
    ),
    "time of one row a day": ("day,time,v\n2024-01-01,12:00,1\n2024-01-02,12:00,2\n", 1, '"time"'),
    "hours": ("day,hour,v\n2024-01-01,0,1\n2024-01-01,1,2\n2024-01-02,0,3\n", 1, '"hour"'),
    "time first": ("time,date,v\n00:00,2024-01-01,1\n00:15,2024-01-01,2\n", 1, '"date"'),
    "date in parts": (
        "Year,Month,Day,Hour,v\n2024,1,1,0,5\n2024,1,1,1,6\n",
        1,
        "in several columns",
    ),
    "title above parts": (
        "Source,City\nX,Y\nYear,Month,Day,v\n2024,1,1,5\n2024,1,2,6\n",
        1,
        "Lines 1 to 2 are not the header",
    ),
    "commas at the end": (
        table(*(f"{row}," for row in GOOD)),
        1,
        "has 3 fields, but most rows have 4",
    ),
    "word of most rows": (
        table(*GOOD, *(f"2024-02-{day:02},No Data,1" for day in range(1, 20))),
        8,
        '"No Data" is not a number; 18 other cells are like it: "No Data" (line 9)',
    ),
    "units in cells": (
        "time,power\n" + "".join(f"2024-01-0{n},{n}.5 kW\n" for n in range(1, 4)),
        2,
        '"1.5 kW" has a unit; 2 other cells are like it: "2.5 kW" (line 3)',
    ),
    "only blank lines": ("\n\r\n  \n", None, "The file is empty."),
}


@pytest.mark.parametrize(("content", "line", "words"), ONE_FAULT.values(), ids=ONE_FAULT)
def test_odd_thing_is_one_fault(
    read: Read,
    faults_of: FaultsOf,
    content: str | bytes,
    line: int | None,
    words: str,
) -> None:
    (fault,) = faults_of(lambda: read(content))
    assert (fault.file, fault.line) == ("a.csv", line)
    assert words in fault.problem


def test_every_odd_row_has_its_fault(read: Read, faults_of: FaultsOf) -> None:
    lines = ["yyyy,kW,-", *GOOD[:2], "time,power,count", "never,1.5,1", *GOOD[2:], "Total,1,2"]
    faults = faults_of(lambda: read(table(*lines).replace("4.5", "bad")))
    assert [fault.line for fault in faults] == [2, 5, 11, 6, 8]
    assert [fault.column for fault in faults] == ["", "", "", "", "power"]


def test_header_of_daily_exports_is_counted(read: Read, faults_of: FaultsOf) -> None:
    lines = [line for row in rows(30) for line in (row, "time,power,count")]
    faults = faults_of(lambda: read(table(*lines, *GOOD)))
    assert len(faults) == 21
    assert faults[-1].problem == "10 more rows are not data."


@pytest.mark.parametrize(
    "content",
    [
        table(*GOOD).replace("\n", "\r\n"),
        table(*GOOD).replace("\n", "\r"),
        table(*GOOD).replace("\n", "\n\n"),
        table(*GOOD).replace("\n", "\n", 3).rstrip("\n"),
        "\ufeff" + table(*GOOD),
        table(*(line.replace(",", " , ") for line in GOOD)).replace("power", " power"),
        "#" + table(*GOOD),
        '"time","power","count"\n' + "\n".join(GOOD),
        table(*(f'"{line.replace(",", chr(34) + "," + chr(34))}"' for line in GOOD)),
    ],
)
def test_plain_variants_read_alike(read: Read, content: str) -> None:
    frame = read(content)
    assert frame.iloc[:, 0].tolist() == [1.5, 2.5, 3.5, 4.5, 5.5, 6.5]
    assert frame.iloc[:, 1].tolist() == [1, 2, 3, 4, 5, 6]
    assert frame.index[1] == pd.Timestamp("2024-01-01 00:15")


def test_numbers_beyond_the_usual_are_handed_on(read: Read) -> None:
    values = ["inf", "-Infinity", "1e400", "-9999", "-0.5", "+3", "1E-3"]
    lines = [f"2024-01-0{day},{value},1" for day, value in enumerate(values, start=1)]
    found = read(table(*lines))["power"]
    assert found.tolist() == [np.inf, -np.inf, np.inf, -9999, -0.5, 3, 0.001]


def test_text_with_line_breaks_is_no_unclosed_quote(read: Read) -> None:
    notes = ['"off, then\non"', '"two\n\nlines"', "plain", '"a ""quoted"" word"']
    lines = [f"2024-01-0{day},1,{note}" for day, note in enumerate(notes, start=1)]
    found = read(table(*lines))["count"]
    assert found.tolist() == ["off, then\non", "two\n\nlines", "plain", 'a "quoted" word']


def test_a_file_without_time_stamps_is_read_once(
    tmp_path: Path, faults_of: FaultsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A spreadsheet's day numbers: no row is data, so every row is looked at.
    looked_at = []
    monkeypatch.setattr(csv_rows, "is_comment", lambda cells: looked_at.append(cells) or False)
    content = table(*(f"{44927 + n / 24:.6f},{n}.5,1" for n in range(500)))
    (fault,) = faults_of(lambda: read_file(tmp_path / "a.csv", content))
    assert 'holds no time stamps, but values such as "44927.0"' in fault.problem
    assert len(looked_at) < 5 * 500


def test_column_of_labels_stays_text(read: Read) -> None:
    labels = ["1", "2", "A3", "B4", "none", ""]
    lines = [f"2024-01-0{day},1,{label}" for day, label in enumerate(labels, start=1)]
    assert read(table(*lines))["count"].tolist() == ["1", "2", "A3", "B4", None, None]


def test_daily_rows_may_have_a_time_of_their_own(read: Read) -> None:
    frame = read("day,power,sunrise\n2024-01-01,1,08:01\n2024-01-02,2,08:00\n")
    assert list(frame.columns) == ["power", "sunrise"]


@pytest.mark.parametrize("name", ["time_shift", "hour", "hours"])
def test_daily_numbers_are_no_time_of_day(read: Read, name: str) -> None:
    assert read(f"day,{name}\n2024-01-01,0\n2024-01-02,12\n").tolist() == [0, 12]


def test_declared_format_tells_data_from_header(tmp_path: Path, faults_of: FaultsOf) -> None:
    content = "01022024,5\n02022024,6\n"
    (fault,) = faults_of(lambda: read_file(tmp_path / "a.csv", content, "%d%m%Y"))
    assert (fault.line, fault.problem[:16]) == (1, "The line is data")


gap_texts = st.sampled_from(sorted(GAP_WORDS)).flatmap(
    lambda word: st.tuples(*(st.sampled_from([c, c.upper()]) for c in word)).map("".join)
)


@settings(max_examples=examples(60))
@given(words=st.lists(gap_texts, min_size=1, max_size=5), space=st.sampled_from(["", " "]))
def test_every_gap_word_in_any_case_is_a_gap(
    tmp_path_factory: pytest.TempPathFactory, words: list[str], space: str
) -> None:
    lines = [f"2024-02-0{n},{space}{word}{space},{word}" for n, word in enumerate(words, start=1)]
    path = tmp_path_factory.mktemp("gaps") / "a.csv"
    frame = read_file(path, table(*GOOD, *lines))
    assert frame["power"].tolist()[:6] == [1.5, 2.5, 3.5, 4.5, 5.5, 6.5]
    assert frame["power"].isna().sum() == frame["count"].isna().sum() == len(words)


@pytest.mark.parametrize("gap", ["nil", "--", "Blank", "N.A.", "NULL", ""])
@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (("1", "2"), "f"),
        (("1.5", "2.5"), "f"),
        (("true", "false"), "f"),
        (("2024-01-01", "2024-01-02"), "M"),
        (("2024-01-01 00:00:00", "2024-01-02 00:00:00"), "M"),
        (("on", "off"), "O"),
    ],
    ids=["integers", "numbers", "yes or no", "dates", "time stamps", "words"],
)
def test_gap_words_of_every_list_read_alike(
    tmp_path: Path, gap: str, values: tuple[str, str], kind: str
) -> None:
    cells = [*values, gap]
    lines = [f"2024-02-0{day} 00:00:00,{cell},1" for day, cell in enumerate(cells, start=1)]
    column = read_file(tmp_path / "a.csv", table(*lines))["power"]
    assert (column.dtype.kind, column.isna().tolist()) == (kind, [False, False, True])


def _inserted(odd: str) -> st.SearchStrategy[tuple[list[str], int]]:
    """Clean rows with an odd one among them, and its place."""
    place = st.integers(2, 30).flatmap(
        lambda size: st.tuples(st.just(size), st.integers(1, size - 1))
    )
    return place.map(lambda one: ([*rows(one[0])[: one[1]], odd, *rows(one[0])[one[1] :]], one[1]))


ODD_ROWS = ["# note", "time,power,count", ",,", "x", "2024-01-09 00:00,bad,1", "2024-99-01,1.5,1"]


@settings(max_examples=examples(80))
@given(st.sampled_from(ODD_ROWS).flatmap(_inserted), st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_one_odd_row_anywhere_is_one_fault(
    tmp_path_factory: pytest.TempPathFactory, inserted: tuple[list[str], int], end: str
) -> None:
    lines, place = inserted
    path = tmp_path_factory.mktemp("odd") / "a.csv"
    with pytest.raises(InvalidPackage) as caught:
        read_file(path, table(*lines).replace("\n", end))
    (fault,) = caught.value.faults
    assert fault.line == 1 + (place + 1) * len(end.replace("\r", ""))


@settings(max_examples=examples(60))
@given(st.integers(1, 30), st.integers(0, 29), st.integers(0, 2))
def test_unclosed_quote_anywhere_is_one_fault(
    tmp_path_factory: pytest.TempPathFactory, size: int, place: int, cell: int
) -> None:
    lines = rows(size)
    place %= size
    cells = lines[place].split(",")
    cells[cell] = '"' + cells[cell]
    lines[place] = ",".join(cells)
    path = tmp_path_factory.mktemp("quotes") / "a.csv"
    with pytest.raises(InvalidPackage) as caught:
        read_file(path, table(*lines))
    (fault,) = caught.value.faults
    assert (fault.line, "quotation mark" in fault.problem) == (place + 2, True)
