"""Texts of a package that no row and no page can take are faults where they are written."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.evaluation.packages.conftest import FILES, SERIES_CONFIG, SYSTEMS
from valhub.evaluation.packages.algorithms.source_code import read_module
from valhub.evaluation.packages.faults import MOST_FAULTS, FaultList, InvalidPackage
from valhub.evaluation.packages.requirements.requirements_txt import read_requirements
from valhub.evaluation.packages.suggestions import did_you_mean
from valhub.evaluation.packages.tables.frames import read_frame
from valhub.evaluation.packages.tasks.task_config import read_config
from valhub.evaluation.packages.tasks.task_package import open_task_package

LONG = "a" * 900_000
STRANGE = ["\0", "\ud800", "\u202e", "\x1b[2J", LONG]
IDS = ["nul", "surrogate", "bidi", "escape", "long"]
AGGREGATE = "mean_mean_absolute_error_time_series"

PLACES = {
    "category_name": lambda text: {"category_name": text},
    "function_name": lambda text: {"function_name": text},
    f"display_metrics.{AGGREGATE}": lambda text: {"display_metrics": {AGGREGATE: text}},
    "display_metrics.": lambda text: {"display_metrics": {text: "label"}},
    "metrics.runtime.unit": lambda text: {"metrics": {"runtime": {"unit": text}}},
    "metrics.": lambda text: {"metrics": {text: {"unit": "s"}}},
    "metrics_operations.runtime": lambda text: {"metrics_operations": {"runtime": [text]}},
    "performance_metrics": lambda text: {"performance_metrics": [text]},
    "references_compare": lambda text: {"references_compare": [text]},
    "allowable_kwargs": lambda text: {"allowable_kwargs": [text]},
    "slices": lambda text: {"slices": [text]},
    "sidecars": lambda text: {"sidecars": [text]},
    "tolerances.": lambda text: {"tolerances": {text: 1}},
    "primary_metric": lambda text: {"primary_metric": text},
    "": lambda text: {text: 1},
}


@pytest.mark.parametrize("text", STRANGE, ids=IDS)
@pytest.mark.parametrize("place", PLACES)
def test_text_of_a_configuration(tmp_path: Path, place: str, text: str) -> None:
    config = {**SERIES_CONFIG, **PLACES[place](text)}
    (tmp_path / "config.json").write_text(json.dumps(config))
    faults = FaultList("task")
    read_config(tmp_path, faults)
    found = [fault for fault in faults if "U+" in fault.problem or "At most" in fault.problem]
    assert any(fault.column.startswith(place) for fault in found)
    assert all(len(str(fault)) < 600 and str(fault).isprintable() for fault in faults)


def test_names_together_are_not_longer_than_a_column_of_the_board(tmp_path: Path) -> None:
    reference = "r" * 180
    config = {
        **SERIES_CONFIG,
        "references_compare": [reference],
        "metrics_operations": {f"mean_absolute_error_{reference}": ["mean"]},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    faults = FaultList("task")
    read_config(tmp_path, faults)
    [fault] = faults
    assert fault.column == "metrics_operations"
    assert "At most 200 characters are allowed" in fault.problem


@pytest.mark.parametrize("text", ["\u202e", "\x1b", "x" * 2_001], ids=IDS[2:])
@pytest.mark.parametrize("table", ["system_metadata", "file_metadata"])
@pytest.mark.parametrize("in_header", [True, False])
def test_text_of_a_table(make_task, table: str, text: str, in_header: bool) -> None:
    original = {"system_metadata": SYSTEMS, "file_metadata": FILES}[table]
    head, *rows = original.splitlines()
    name, cell = (text, "x") if in_header else ("note", text)
    lines = [f"{head},{name}", *(f"{row},{cell}" for row in rows)]
    root = make_task()
    (root / "data" / f"{table}.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(InvalidPackage) as caught:
        open_task_package(root)
    assert {fault.file for fault in caught.value.faults} == {f"data/{table}.csv"}
    assert {fault.line for fault in caught.value.faults} == ({1} if in_header else {2, 3})
    assert all(len(str(fault)) < 600 for fault in caught.value.faults)


@pytest.mark.parametrize("text", ["\u202e", "\x1b[2J", "a\0b", LONG], ids=[*IDS[2:], "nul"])
def test_name_of_a_column_of_data(tmp_path: Path, text: str) -> None:
    time = pa.array([0, 1], pa.timestamp("s"))
    pq.write_table(pa.table({"time": time, text: [1.0, 2.0]}), tmp_path / "a.parquet")
    faults = FaultList("task")
    assert read_frame(tmp_path / "a.parquet", file="a", zone=None, faults=faults) is None
    [fault] = faults
    assert len(str(fault)) < 500
    assert str(fault).isprintable()


BRACKETS = "(" * 5_000 + "python_version>'3'" + ")" * 5_000


@pytest.mark.parametrize(
    "line",
    [
        f"numpy; {BRACKETS}",
        "numpy; " + "(" * 450 + "python_version>'3'" + ")" * 450,
        "numpy; " + " and ".join(["python_version>'3'"] * 9_000),
        "n" * 200_000,
        f"numpy=={'9' * 100_000}",
        f"numpy; python_version>'{'9' * 100_000}'",
    ],
    ids=["deep", "less deep", "many", "name", "version", "marker"],
)
def test_requirement_that_no_parser_should_read(tmp_path: Path, line: str) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(f"pandas\n{line}\n")
    faults = FaultList("algorithm")
    assert read_requirements(path, faults).lines == ("pandas",)
    [fault] = faults
    assert fault.line == 2
    assert "too long or has too many brackets" in fault.problem


def chain(length: int) -> str:
    others = "".join(f"elif x == {n}:\n    def f{n}(data): pass\n" for n in range(length))
    return f"import x\nif x:\n    def f(data): pass\n{others}else:\n    def g(data): pass\n"


def test_chain_of_elifs_is_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(chain(1_500))
    faults = FaultList("algorithm")
    module = read_module(tmp_path / "a.py", faults, file="a.py")
    assert module is not None
    assert not faults
    assert list(module.bindings) == ["x", "f", *(f"f{n}" for n in range(1_500)), "g"]
    assert module.bindings["g"].in_branch


@pytest.mark.parametrize(
    "source",
    [
        chain(20_000),
        "x = " + "-" * 100_000 + "1",
        "x = " + "1 + " * 50_000 + "1",
        "x = a" + ".b" * 50_000,
        "f" + "()" * 20_000,
        "x = " + "(" * 300 + ")" * 300,
        "x = " + "lambda: " * 5_000 + "1",
        "x = " + "9" * 10_000,
        "x = 1\0",
    ],
    ids=range(9),
)
def test_source_that_cannot_be_parsed_is_one_fault(tmp_path: Path, source: str) -> None:
    (tmp_path / "a.py").write_text(source)
    faults = FaultList("algorithm")
    assert read_module(tmp_path / "a.py", faults, file="a.py") is None
    [fault] = faults
    assert fault.file == "a.py"


def test_source_that_some_pythons_parse_is_read_or_one_fault(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = " + "-" * 5_000 + "1")
    faults = FaultList("algorithm")
    module = read_module(tmp_path / "a.py", faults, file="a.py")
    assert len(list(faults)) == (0 if module else 1)


def test_faults_are_counted_but_not_all_kept() -> None:
    faults = FaultList("task")
    for line in range(MOST_FAULTS + 5):
        faults.add(LONG, LONG, file=LONG, line=line, column=LONG)
    with pytest.raises(InvalidPackage) as caught:
        faults.raise_if_any()
    *kept, rest = caught.value.faults
    assert len(kept) == MOST_FAULTS
    assert rest.problem == "There are 5 more faults."
    assert len(str(kept[0])) < 2_500


def test_long_names_are_not_compared() -> None:
    assert did_you_mean(LONG, ["a" * 90]) == f"Available names: {'a' * 90}."
    assert did_you_mean("short", [LONG]) == ""
