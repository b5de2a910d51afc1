"""`data_columns`: which columns a task passes, each as an argument of its own."""

import inspect

import pytest

from valhub.evaluation.execution.guest import wire
from valhub.evaluation.packages.algorithms.argument_binding import Mismatch
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.dataset import check_data, prepare

DATA = "time,power,poa,temp\n2024-01-01 00:00,1,2,3\n2024-01-02 00:00,4,5,6\n"


def made(make_task, *columns, **config):
    files = {"data/files/a.csv": DATA, "data/files/b.csv": DATA}
    return open_package(make_task(files, data_columns=list(columns), **config))


@pytest.mark.parametrize("columns", [["power", "poa"], ["poa", "power"], ["temp"]])
def test_the_listed_columns_are_kept_in_their_order(make_task, tmp_path, columns):
    package = made(make_task, *columns)
    assert check_data(package) == []
    dataset = prepare(package, tmp_path / "store", wire.write_value)
    data = wire.read_value(dataset.input_path("a.csv").read_bytes())
    assert (list(data.columns) if len(columns) > 1 else [data.name]) == columns


def test_a_file_without_a_listed_column_is_a_fault(make_task, faults_of):
    package = made(make_task, "power", "pao")
    first, second = faults_of(lambda: check_data(package))
    assert (first.file, first.column) == ("data/files/a.csv", "pao")
    assert first.problem == 'The file has no column "pao", which data_columns lists.'
    assert 'Did you mean "poa"?' in first.fix
    assert second.file == "data/files/b.csv"


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        (["power", "power"], '"power" appears twice.'),
        (["latitude", "power"], '"latitude" is both a column of the data and an argument.'),
    ],
)
def test_columns_that_cannot_be_told_apart_are_a_fault(make_task, faults_of, columns, problem):
    (fault,) = faults_of(lambda: made(make_task, *columns))
    assert (fault.problem, fault.column) == (problem, "data_columns")


@pytest.mark.parametrize(
    ("arguments", "source", "passed"),
    [
        (
            "positional",
            "lambda p, irr, t, lat: 0",
            "by position irr = poa, t = temp, lat = latitude",
        ),
        ("positional", "lambda p: 0", "the data alone"),
        ("named", "lambda power, temp, latitude: 0", "by name temp, latitude"),
        ("named", "lambda power, poa, temp, lon: 0", None),
    ],
)
def test_further_columns_are_offered_before_the_metadata(make_task, arguments, source, passed):
    package = made(make_task, "power", "poa", "temp", arguments=arguments)
    offered = OfferedArguments.from_config(package.config)
    assert offered.names[:3] == ("poa", "temp", "latitude")
    parameters = list(inspect.signature(eval(source)).parameters.values())
    if passed is None:
        assert isinstance(offered.bind(parameters), Mismatch)
        return
    assert passed in offered.describe(parameters)
