"""Metadata tables as spreadsheets leave them: what is read, and the one fault of each odd thing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from valhub.evaluation.packages.faults import Fault
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tables.gap_words import GAP_WORDS
from valhub.evaluation.packages.tasks.task_package import TaskPackage

MakeTask = Callable[..., Path]
FaultsOf = Callable[[Callable[[], object]], tuple[Fault, ...]]
FILES, SYSTEMS = "data/file_metadata.csv", "data/system_metadata.csv"

SYSTEM_LINES = [
    "system_id,name,latitude,longitude,gamma",
    "4,Roof,39.7,-105.1,-0.4",
    "50,Carport,39.8,-105.2,-0.3",
    "51,Field,39.9,-105.3,-0.5",
]
FILE_LINES = [
    "system_id,file_name,data_sampling_frequency",
    "4,a.csv,15",
    "50,b.csv,60",
]


def opened(root: Path) -> TaskPackage:
    package = open_package(root)
    assert isinstance(package, TaskPackage)
    return package


def systems(*lines: str) -> dict[str, str]:
    return {SYSTEMS: "\n".join(lines) + "\n"}


def files(*lines: str) -> dict[str, str]:
    return {FILES: "\n".join(lines) + "\n"}


HEADER, *ROWS = SYSTEM_LINES
ONE_FAULT: dict[str, tuple[dict[str, Any], int, str]] = {
    "semicolons": (
        {SYSTEMS: "\n".join(SYSTEM_LINES).replace(",", ";").replace(".", ",")},
        1,
        "separated by semicolons",
    ),
    "tabs": ({FILES: "\n".join(FILE_LINES).replace(",", "\t")}, 1, "separated by tabs"),
    "title above": (systems("Systems of 2024", *SYSTEM_LINES), 1, '("Systems of 2024")'),
    "comments above": (files("# files,of,2024", "# all", *FILE_LINES), 1, "Lines 1 to 2 are not"),
    "no header": (systems(*ROWS), 1, 'The line is data ("4,Roof,39.7,-105.1,-0.4")'),
    "no header of files": (files(*FILE_LINES[1:]), 1, 'The line is data ("4,a.csv,15")'),
    "units": (systems(HEADER, "-,-,deg,deg,%/K", *ROWS), 2, "below the header is not data"),
    "header again": (systems(*SYSTEM_LINES, HEADER), 5, "is the header again"),
    "comment": (systems(*SYSTEM_LINES, "# end"), 5, 'is a comment ("# end")'),
    "footer": (systems(*SYSTEM_LINES, "Total: 3,,,,"), 5, 'not data ("Total: 3,,,,")'),
    "empty row": (systems(*SYSTEM_LINES, ",,,,"), 5, "The row is empty."),
    "short row": (systems(*SYSTEM_LINES, "52,Shed,39.7"), 5, "has 3 fields, but the header has 5"),
    "header too short": (
        systems("system_id,name,latitude,longitude", *ROWS),
        1,
        "The header has 4 fields, but most rows have 5",
    ),
    "decimal comma": (
        systems(HEADER, *ROWS[:2], '51,Field,"39,9",-105.3,-0.5'),
        4,
        '"39,9" has a decimal comma.',
    ),
    "decimal comma splits": (
        systems(HEADER, *ROWS[:2], "51,Field,39,9,-105.3,-0.5"),
        4,
        "has 6 fields, but the header has 5",
    ),
    "text among numbers": (systems(HEADER, *ROWS[:2], "51,Field,39,-105,low"), 4, '"low" is not a'),
    "unclosed quote": (systems(HEADER, '4,"Roof,39,-105,1', *ROWS[1:]), 2, "is not closed"),
    "NUL": (systems(HEADER, ROWS[0] + "\0", *ROWS[1:]), 2, "has NUL bytes"),
    "stray returns": ({SYSTEMS: "\r\r\n".join(SYSTEM_LINES)}, 1, "carriage return (CR)"),
    "no boolean": (
        files(FILE_LINES[0] + ",public", "4,a.csv,15,WAHR", "50,b.csv,15,"),
        2,
        '"wahr" is not a boolean.',
    ),
}


@pytest.mark.parametrize(("changed", "line", "words"), ONE_FAULT.values(), ids=ONE_FAULT)
def test_odd_thing_is_one_fault(
    make_task: MakeTask, faults_of: FaultsOf, changed: dict[str, str], line: int, words: str
) -> None:
    root = make_task({**systems(*SYSTEM_LINES), **changed}, allowable_kwargs=["gamma"])
    (fault,) = faults_of(lambda: open_package(root))
    assert (fault.file, fault.line) == (next(iter(changed)), line)
    assert words in fault.problem


def test_system_without_its_place_is_a_row(make_task: MakeTask, faults_of: FaultsOf) -> None:
    root = make_task(systems(HEADER, "4,Roof,,,", *ROWS[1:]), allowable_kwargs=["gamma"])
    faults = faults_of(lambda: open_package(root))
    assert [(fault.line, fault.column) for fault in faults] == [(2, "latitude"), (2, "longitude")]


@pytest.mark.parametrize("word", sorted(GAP_WORDS))
def test_gap_words_in_any_case_are_gaps(make_task: MakeTask, word: str) -> None:
    table = systems(HEADER, f"4,Roof,39.7,-105.1,{word.title()}", f"50,{word.upper()},39.8,-105,-1")
    first, second = opened(make_task(table, allowable_kwargs=["gamma"])).files
    assert (first.metadata["gamma"], second.metadata["gamma"]) == (None, -1)
    label = second.metadata["name"]
    assert label == "NONE" if word == "none" else label is None


def test_the_word_none_is_a_label_beside_labels_only(make_task: MakeTask) -> None:
    shade = "system_id,latitude,longitude,shade,tracker"
    table = systems(shade, "4,39.7,-105.1,none,none", "50,39.8,-105,trees,none")
    first, second = opened(make_task(table)).files
    assert [one.metadata["shade"] for one in (first, second)] == ["none", "trees"]
    assert [one.metadata["tracker"] for one in (first, second)] == [None, None]


def test_the_word_none_is_no_time_zone(make_task: MakeTask) -> None:
    table = files("system_id,file_name,timezone", "4,a.csv,none", "50,b.csv,Europe/Berlin")
    first, second = opened(make_task(table, allowable_kwargs=[])).files
    assert (first.timezone, second.timezone) == (None, "Europe/Berlin")


@pytest.mark.parametrize("other", ["7", "07", "007", "7.0", "007.00"])
@pytest.mark.parametrize("neighbour", ["12", "B2"])
def test_one_number_is_one_system_however_it_is_written(
    make_task: MakeTask, other: str, neighbour: str
) -> None:
    table = systems("system_id,latitude,longitude", f"{other},39,-105", f"{neighbour},40,-105")
    found = opened(
        make_task(
            {**table, **files(FILE_LINES[0], "7,a.csv,15", f"{neighbour},b.csv,15")},
            allowable_kwargs=[],
        )
    ).files
    assert [(file.system_id, file.metadata["latitude"]) for file in found] == [
        ("7", 39),
        (neighbour, 40),
    ]


def test_spaces_around_cells_are_no_part_of_them(make_task: MakeTask) -> None:
    table = "system_id , file_name, public\n 4 , a.csv , TRUE \n50, b.csv ,\n"
    first, second = opened(make_task({FILES: table}, allowable_kwargs=[])).files
    assert (first.name, first.public, second.name, second.public) == ("a.csv", True, "b.csv", False)


def test_labels_may_be_numbers_and_text(make_task: MakeTask) -> None:
    table = systems(
        HEADER + ",group", *(f"{row},{group}" for row, group in zip(ROWS, "12x", strict=True))
    )
    first, _ = opened(make_task(table, allowable_kwargs=["gamma"], slices=["group"])).files
    assert first.metadata["group"] == "1"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("South", '"South" is not a number.'),
        ('"180,5"', '"180,5" has a decimal comma.'),
        ("n/a", "The truth is missing"),
        ("None", "The truth is missing"),
        ("1e400", "not a finite number"),
    ],
)
def test_truth_of_a_system_names_the_cell(
    make_scalar_task: MakeTask, faults_of: FaultsOf, value: str, words: str
) -> None:
    table = systems(
        "system_id,latitude,longitude,azimuth,tilt", f"4,39,-105,{value},40", "50,39,-105,90,40"
    )
    (fault,) = faults_of(lambda: open_package(make_scalar_task(table)))
    assert (fault.file, fault.line, fault.column) == (SYSTEMS, 2, "azimuth")
    assert words in fault.problem


@pytest.mark.parametrize(
    ("truth", "line", "words"),
    [
        ('day,shift\n2024-01-01,"0,5"\n2024-01-02,"1,5"\n', 2, '"0,5" has a decimal comma'),
        ("day,shift\n2024-01-01,0\n2024-01-02,bad\n", 3, '"bad" is not a number.'),
        ("day,shift\n2024-01-01,low\n2024-01-02,high\n", 2, '1 other cell is like it: "high"'),
        ("day,shift\n2024-01-01,0\n2024-01-02,None\n", 3, "The truth is missing"),
        ("day,shift\n2024-01-01,0\n2024-01-02,--\n", 3, "The truth is missing"),
        ("2024-01-01,0\n2024-01-02,0\n", 1, "The line is data"),
        ("day,shift\n,min\n2024-01-01,0\n2024-01-02,0\n", 2, "below the header is not data"),
        ("day;shift\n2024-01-01;0\n2024-01-02;0\n", 1, "separated by semicolons"),
        ("date,time,shift\n2024-01-01,00:00,0\n2024-01-01,12:00,0\n", 1, "The date is in the"),
    ],
)
def test_reference_has_the_faults_of_a_data_file(
    make_task: MakeTask, faults_of: FaultsOf, truth: str, line: int, words: str
) -> None:
    (fault,) = faults_of(lambda: open_package(make_task({"data/references/b.csv": truth})))
    assert (fault.file, fault.line) == ("data/references/b.csv", line)
    assert words in fault.problem
