"""Numbers as spreadsheets of other countries write them are never read as other numbers."""

from pathlib import Path

import pyarrow as pa
import pytest

from tests.evaluation.packages.conftest import DATA, SYSTEMS, FaultsOf
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tables.number_cells import read_numbers, text_faults
from valhub.evaluation.packages.tables.number_texts import ODD_NUMBERS, is_number, odd_number
from valhub.evaluation.packages.tasks.dataset import check_data

COMMA, POINTS = "has a decimal comma", "has points between thousands"
GROUPS, UNIT = "has spaces or apostrophes between thousands", "has a unit"
SIGN = "has its sign in an unusual way"
ODD = {
    "1,5": COMMA,
    "-,5": COMMA,
    "1,234": COMMA,
    "1,234,567": COMMA,
    "12,34,567.89": COMMA,
    "1,5E3": COMMA,
    "1.234.567": POINTS,
    "-12.345.678": POINTS,
    "1.234,5": POINTS,
    "1.234.567,89": POINTS,
    "52.520.008": POINTS,
    "12 345": GROUPS,
    "12\u00a0345,5": GROUPS,
    "-1\u202f234\u202f567.25": GROUPS,
    "1'234.5": GROUPS,
    "1\u2019234": GROUPS,
    "5 kW": UNIT,
    "1.234,5\u00a0W": UNIT,
    "12\u202f345 Wh": UNIT,
    "\u22125.5": SIGN,
    "\u20131\u00a0234,5": SIGN,
    "- 5": SIGN,
    "5.5-": SIGN,
    "(5.5)": SIGN,
}


@pytest.mark.parametrize("text", ODD)
def test_each_odd_number_is_odd_in_one_way_for_both_readers(text):
    assert odd_number(f" {text} ").problem == ODD[text]
    column = pa.chunked_array([[text, "n/a"]])
    (fault,) = text_faults(column)
    assert (fault.problem, fault.count) == (ODD[text], 1)
    assert (
        sum(
            pa.compute.match_substring_regex(pa.array([text]), o.pattern)[0].as_py()
            for o in ODD_NUMBERS
        )
        == 1
    )


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("others", [[], ["1", "2", "3"]], ids=["alone", "among numbers"])
def test_a_column_of_odd_numbers_is_no_text(text, others):
    (fault,) = read_numbers(pa.chunked_array([[text] * 2 + others]))
    assert fault.rows == [0, 1]


@pytest.mark.parametrize("text", ["1.234", "-5", "+0.25", ".5", "7.", "1e-3", "inf"])
def test_a_number_is_a_number(text):
    assert is_number(text)
    assert odd_number(text) is None


@pytest.mark.parametrize(
    "text", ["192.168.1.1", "1.2.3", "12-34", "2024-01-31", "A 123", "12 34", "1,2,3", "1'2", "()"]
)
def test_labels_with_digits_are_text(text):
    assert odd_number(text) is None
    assert read_numbers(pa.chunked_array([[text, text]])).to_pylist() == [text, text]


def test_numbers_with_space_around_them_are_numbers():
    cells = pa.chunked_array([["\u00a01.5", "2\u00a0", "\u202f-3 "]])
    assert read_numbers(cells).to_pylist() == [1.5, 2.0, -3.0]


# The small numbers of such a column would be a thousand times too small.
@pytest.mark.parametrize(
    "cells",
    [
        ["1.234", "12.345.678", "2.345"],
        ["1.234", "12.345.678", "12.345.679"],
        ["1.234", "2.345", '"1.234,5"'],
    ],
    ids=["mostly one point", "mostly two", "with a comma"],
)
def test_points_between_thousands_are_a_fault_in_data_and_references(
    make_task, faults_of: FaultsOf, cells
):
    days = ("2024-01-01", "2024-01-02", "2024-01-03")
    table = "time,power\n" + "".join(f"{d},{c}\n" for d, c in zip(days, cells, strict=True))
    for file in ("data/files/b.csv", "data/references/b.csv"):
        task = make_task({file: table})
        (fault,) = faults_of(lambda task=task: check_data(open_package(task)))
        assert (fault.file, fault.column) == (file, "power")
        assert POINTS in fault.problem
        assert "1.234" in fault.fix
        remove(task)


def remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()


@pytest.mark.parametrize(
    ("old", "new", "column", "problem"),
    [
        ("39.7406", "39.740.600", "latitude", POINTS),
        ("1795.3", "1 795.3", "elevation", GROUPS),
        ("1795.3", "1\u202f795.3", "elevation", GROUPS),
        ("1795.3", "1'795", "elevation", GROUPS),
        ("-105.1774", "\u2212105.1774", "longitude", SIGN),
    ],
)
def test_metadata_says_how_a_number_is_written(make_task, faults_of, old, new, column, problem):
    task = make_task({"data/system_metadata.csv": SYSTEMS.replace(old, new)})
    (fault,) = faults_of(lambda: open_package(task))
    assert (fault.line, fault.column) == (2, column)
    assert fault.problem.endswith(f'" {problem}.')


@pytest.mark.parametrize("values", [("12 345", "67 890"), ("1.234.567", "1.234"), ("9'000", "1")])
def test_passed_metadata_is_no_text_of_numbers(make_task, faults_of, values):
    header, *rows = SYSTEMS.splitlines()
    lines = [f"{header},energy", *(f"{r},{v}" for r, v in zip(rows, values, strict=True))]
    task = make_task(
        {"data/system_metadata.csv": "\n".join(lines) + "\n"}, allowable_kwargs=["energy"]
    )
    found = faults_of(lambda: open_package(task))
    assert {fault.column for fault in found} == {"energy"}
    assert found[0].line == 2


def test_the_sound_task_has_none_of_this(make_task):
    assert check_data(open_package(make_task({"data/files/b.csv": DATA}))) == []
