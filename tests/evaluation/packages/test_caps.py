"""How many of anything a package may have: each cap is a fault that says how many there are."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from valhub.evaluation.packages import faults as fault_lists
from valhub.evaluation.packages.algorithms.algorithm import open_algorithm
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.faults import Fault, FaultList, InvalidPackage
from valhub.evaluation.packages.files.archives import opened
from valhub.evaluation.packages.suggestions import Hints
from valhub.evaluation.packages.tables.frames import read_frame
from valhub.evaluation.packages.tables.unfolding import read_bounded
from valhub.evaluation.packages.tasks.dataset import check_data
from valhub.evaluation.packages.tasks.task_package import open_task_package
from valhub.evaluation.scoring.metrics import KNOWN_NAMES

MIB = 1024**2
TASK = Path(__file__).parents[2] / "tiny/task"
CONFIG = json.loads((TASK / "config.json").read_text())
NAMES = [f"name_{number}" for number in range(1_200)]


@pytest.fixture
def task(tmp_path: Path):
    """Copy the tiny task, with other texts for some of its files."""

    def make(**changed: str) -> Path:
        for source in (path for path in TASK.rglob("*") if path.is_file()):
            target = tmp_path / "task" / source.relative_to(TASK)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
        for name, text in changed.items():
            target = tmp_path / "task" / name
            target.write_text(text)
        return tmp_path / "task"

    return make


def faults_of(root: Path) -> tuple[Fault, ...]:
    with pytest.raises(InvalidPackage) as refused:
        check_data(open_task_package(root, known=KNOWN_NAMES))
    return refused.value.faults


@pytest.mark.parametrize(
    ("key", "value", "most"),
    [
        ("performance_metrics", NAMES, "200"),
        ("references_compare", NAMES, "200"),
        ("allowable_kwargs", NAMES, "200"),
        ("slices", NAMES, "200"),
        ("sidecars", NAMES, "200"),
        ("angular", NAMES, "200"),
        ("metrics_operations", {name: ["mean"] for name in NAMES}, "1,000"),
        ("display_metrics", dict.fromkeys(NAMES, "Label"), "1,000"),
        ("tolerances", dict.fromkeys(NAMES, 1), "1,000"),
        ("metrics", {name: {} for name in NAMES}, "1,000"),
    ],
)
def test_a_key_of_the_configuration_has_at_most_so_many_entries(task, key, value, most):
    (fault,) = faults_of(task(**{"config.json": json.dumps({**CONFIG, key: value})}))
    assert fault.problem == f"There are 1,200 entries; at most {most} are allowed."
    assert (fault.file, fault.column) == ("config.json", key)


def test_a_list_within_an_object_has_at_most_two_hundred_entries(task):
    operations = {"absolute_error_azimuth": ["mean"] * 201}
    config = json.dumps({**CONFIG, "metrics_operations": operations})
    (fault,) = faults_of(task(**{"config.json": config}))
    assert fault.problem == "There are 201 entries; at most 200 are allowed."
    assert fault.column == "metrics_operations.absolute_error_azimuth"


def test_unknown_keys_are_at_most_a_thousand(task):
    config = json.dumps({**CONFIG, **dict.fromkeys(NAMES, 1)})
    (fault,) = faults_of(task(**{"config.json": config}))
    assert fault.column == "unknown keys"


def test_metrics_times_references_are_at_most_a_thousand(task):
    metrics = NAMES[100:111]
    config = {
        **CONFIG,
        "performance_metrics": metrics,
        "references_compare": NAMES[:100],
        "metrics_operations": {metric: ["mean"] for metric in metrics},
    }
    problems = [fault.problem for fault in faults_of(task(**{"config.json": json.dumps(config)}))]
    for what in ("numbers for each file", "aggregates"):
        assert f"The task computes 1,100 {what}; at most 1,000 are allowed." in problems


def test_a_table_has_at_most_a_thousand_columns(task):
    header = ",".join(["system_id", "latitude", "longitude", *NAMES])
    faults = faults_of(task(**{"data/system_metadata.csv": f"{header}\n1,0,0{',1' * 1_200}\n"}))
    assert faults[0].problem == "The table has 1,203 columns; at most 1,000 are allowed."


def test_a_table_has_at_most_two_million_cells(task):
    header = ",".join(["system_id", "latitude", "longitude", *NAMES[:997]])
    row = f"1,0,0{',' * 997}\n"
    faults = faults_of(task(**{"data/system_metadata.csv": f"{header}\n{row * 2_001}"}))
    assert faults[0].problem == "The table has more than 2,000,000 cells (rows times columns)."


def read(path: Path) -> tuple[object, tuple[Fault, ...]]:
    faults = FaultList("task")
    return read_frame(path, file=path.name, zone=None, faults=faults), tuple(faults)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("columns", [2_000, 2_001])
def test_a_data_file_has_at_most_two_thousand_columns(tmp_path, suffix, columns):
    path = tmp_path / f"a.{suffix}"
    names = ["time", *(f"c{number}" for number in range(columns - 1))]
    if suffix == "csv":
        path.write_text(f"{','.join(names)}\n2024-01-01 00:00{',1' * (columns - 1)}\n")
    else:
        moment = pa.array([0], pa.timestamp("us"))
        pq.write_table(pa.table([moment, *([pa.array([1.0])] * (columns - 1))], names=names), path)
    frame, faults = read(path)
    problems = [fault.problem for fault in faults]
    if columns == 2_000:
        assert (problems, frame.shape) == ([], (1, 1_999))
    else:
        assert problems == ["The file has 2,001 columns; at most 2,000 are allowed."]


def test_a_csv_file_is_too_wide_by_its_header_alone(tmp_path, monkeypatch):
    def read_csv(*_: object, **__: object) -> None:
        raise AssertionError("Arrow takes gigabytes for that many columns.")

    monkeypatch.setattr(pacsv, "read_csv", read_csv)
    path = tmp_path / "a.csv"
    path.write_text("time" + ",c" * 20_000 + "\n")
    assert read(path)[1][0].problem == "The file has 20,001 columns; at most 2,000 are allowed."


def written(path: Path, rows: int, values: pa.Array, **options: Any) -> Path:
    """Write a Parquet file of which each column holds one value over and over again."""
    times = pa.array([0], pa.timestamp("us"))
    same = pa.array([0] * rows, pa.int32())
    table = pa.table({"time": times.take(same), "value": values.take(same)})
    pq.write_table(table, path, **options)
    return path


@pytest.mark.parametrize(
    ("rows", "values", "said"),
    [
        (9_000_000, pa.array([1.5]), "more than 128 MiB"),
        (20_000, pa.array(["x" * 10_000]), "more than 128 MiB"),
        (20_000, pa.array([b"x" * 10_000]), "more than 128 MiB"),
    ],
    ids=["numbers", "texts", "bytes"],
)
def test_a_few_kilobytes_do_not_unfold_to_hundreds_of_megabytes(tmp_path, rows, values, said):
    path = written(tmp_path / "a.parquet", rows, values, compression="zstd")
    assert path.stat().st_size < 200_000
    faults = FaultList("task")
    assert read_bounded(path, "a.parquet", faults) is None
    (fault,) = faults
    assert said in fault.problem
    assert "200 times its size, at least 128 MiB and at most 1,024 MiB." in fault.problem


def test_a_file_that_repeats_itself_within_reason_is_read(tmp_path):
    path = written(tmp_path / "a.parquet", 100_000, pa.array(["some text"]), compression="zstd")
    frame, faults = read(path)
    assert faults == ()
    assert (len(frame), set(frame)) == (100_000, {"some text"})


@pytest.mark.parametrize("depth", [30, 30_000])
def test_the_folders_of_a_name_that_is_too_deep_are_not_remembered(tmp_path, depth):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a/" * depth + "f.py", "x = 1")
        archive.writestr("A/g.py", "x = 1")
    with pytest.raises(InvalidPackage) as refused, opened(tmp_path / "a.zip"):
        pass
    # "A" would clash with "a", had that been remembered.
    assert "The file is more than 20 folders deep." in refused.value.faults[0].problem
    assert not any("differ only by case" in fault.problem for fault in refused.value.faults)


def algorithm_faults(root: Path, function: str | None = "f") -> tuple[Fault, ...]:
    with pytest.raises(InvalidPackage) as refused:
        open_algorithm(root, function, offered=OfferedArguments(("latitude",)))
    return refused.value.faults


@pytest.mark.parametrize(
    ("requirements", "problem"),
    [
        ("".join(f"package-{number}\n" for number in range(1_001)), "more than 1,000 requirements"),
        (
            "package" + ",!=1" * 300,
            "(1,207 characters and 0; at most 1,000 and 50 are allowed)",
        ),
    ],
)
def test_requirements_are_at_most_so_many_and_so_long(tmp_path, requirements, problem):
    (tmp_path / "submission_wrapper.py").write_text("def f(series, latitude): ...\n")
    (tmp_path / "requirements.txt").write_text(requirements)
    (fault,) = algorithm_faults(tmp_path)
    assert problem in fault.problem


def test_a_function_has_at_most_two_hundred_parameters(tmp_path):
    parameters = ", ".join(f"p{number}=None" for number in range(200))
    (tmp_path / "submission_wrapper.py").write_text(f"def f(series, {parameters}): ...\n")
    (fault,) = algorithm_faults(tmp_path)
    assert fault.problem == "f takes 201 arguments; at most 200 are allowed."


def test_source_in_which_a_function_is_looked_for_is_at_most_four_mebibytes(tmp_path):
    for number in range(9):
        (tmp_path / f"package{number}").mkdir()
        (tmp_path / f"package{number}/__init__.py").write_text("# " + "x" * (MIB // 2))
    (fault,) = algorithm_faults(tmp_path, None)
    assert "in 9 modules with 4.5 MiB in total; at most 4 MiB are allowed" in fault.problem


def test_faults_beyond_a_thousand_are_counted():
    first, second = FaultList("a"), FaultList("a")
    for number in range(700):
        first.add(f"Fault {number}.", "Fix it.")
        second.add(f"Other {number}.", "Fix it.")
    first.extend(second)
    first.add("One more.", "Fix it.")
    with pytest.raises(InvalidPackage) as refused:
        first.raise_if_any()
    listed = refused.value.faults
    assert len(listed) == fault_lists.MOST_FAULTS + 1
    assert (listed[699].problem, listed[700].problem) == ("Fault 699.", "Other 0.")
    assert str(listed[-1]) == "There are 401 more faults. Fix the others first."


def test_the_first_twenty_names_get_a_hint():
    hint = Hints(["latitude", "longitude"])
    said = [hint("lattitude") for _ in range(25)]
    assert said == ['Did you mean "latitude"?'] * 20 + [""] * 5


def test_a_very_long_name_gets_the_names_that_exist():
    hint = Hints(["latitude", "x" * 1_000_000])("latitude" * 100_000)
    assert hint == "Available names: latitude."


@pytest.mark.parametrize("place", ["submission_wrapper.py", "helper.py"])
def test_f_strings_of_very_many_fields_are_not_parsed(make_folder, faults_of, place):
    """Python 3.11 takes minutes for them."""
    many = "x = f'" + "{1}" * 60_000 + "'\n"
    files = {"submission_wrapper.py": "import helper\ndef f(series): ...\n", "helper.py": ""}
    files[place] += many
    folder = make_folder(files)
    if place == "helper.py":
        assert open_algorithm(folder, "f").entry.path.name == "submission_wrapper.py"
        return
    (fault,) = faults_of(lambda: open_algorithm(folder, "f"))
    assert "more than 30,000 opening braces" in fault.problem


def test_braces_without_f_strings_are_data(make_folder):
    source = "TABLE = [" + "{}," * 40_000 + "]\ndef f(series): ...\n"
    open_algorithm(make_folder({"submission_wrapper.py": source}), "f")
