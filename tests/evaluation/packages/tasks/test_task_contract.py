"""What a task asks of algorithms, read from its configuration, and an example that answers it."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.tasks.task_config import TaskConfig
from valhub.evaluation.packages.tasks.task_contract import TaskContract
from valhub.evaluation.packages.tasks.task_package import open_task_package

USUAL = {"timeout_s": 900.0, "memory_bytes": 2**30, "output_bytes": 2**26}
BASE: dict[str, Any] = {
    "function_name": "estimate",
    "comparison_type": "scalar",
    "performance_metrics": ["error"],
    "references_compare": ["tilt", "azimuth"],
}


def contract(**changed: Any) -> TaskContract:
    config = TaskConfig.model_validate({**BASE, **changed})
    return TaskContract.from_config(config, **USUAL)


def test_arguments_are_those_that_the_task_offers_in_order_and_with_units() -> None:
    config = TaskConfig.model_validate(
        {
            **BASE,
            "data_columns": ["ac_power", "latitude"],
            "allowable_kwargs": ["elevation", "data_sampling_frequency", "colour"],
            "sidecars": ["weather/site.csv"],
        }
    )
    found = TaskContract.from_config(config, **USUAL)
    assert [(one.name, one.unit, one.source) for one in found.arguments] == [
        ("latitude", "", "data"),
        ("elevation", "m", "metadata"),
        ("data_sampling_frequency", "min", "metadata"),
        ("colour", "", "metadata"),
        ("site", "", "sidecar"),
    ]
    assert tuple(one.name for one in found.arguments) == OfferedArguments.from_config(config).names


def test_limits_are_those_asked_for_else_the_usual_ones() -> None:
    assert contract().timeout_s == 900.0
    found = contract(limits={"timeout_s": 7, "memory_bytes": 2**27})
    assert (found.timeout_s, found.memory_bytes, found.output_bytes) == (7, 2**27, 2**26)


def test_a_stored_contract_is_read_as_it_was() -> None:
    found = contract(allowable_kwargs=["tilt"], fill_missing=0, arguments="positional")
    assert TaskContract.from_document(found.document()) == found


def test_a_series_says_by_what_it_is_aligned(make_task: Callable[..., Path]) -> None:
    found = TaskContract.from_config(open_task_package(make_task()).config, **USUAL)
    assert (found.answer, found.alignment) == ("time_series", "date")


def answer_of(found: TaskContract, *arguments: object) -> Any:
    """Run an example, as an author copies it."""
    names: dict[str, Any] = {}
    exec(found.example("estimate"), names)
    return names["estimate"](*arguments)


def test_the_example_answers_a_series_once_for_each_day_or_time() -> None:
    stamps = pd.to_datetime(["2024-01-01 10:00", "2024-01-01 11:00", "2024-01-01 11:00"])
    data = pd.Series([1.0, np.nan, 2.0], index=stamps)
    series = {"comparison_type": "time_series", "references_compare": ["time_series"]}
    assert len(answer_of(contract(**series, alignment="date"), data)) == 1
    assert len(answer_of(contract(**series, alignment="timestamp"), data)) == 2


@pytest.mark.parametrize(
    ("offered", "way", "parameters"),
    [
        (["tilt", "data"], "named", ["data_file", "tilt", "data"]),
        (["class", "tilt", "no name"], "named", ["data", "tilt"]),
        (["class", "tilt"], "positional", ["data", "argument_1", "argument_2"]),
        ([], "named", ["data"]),
    ],
)
def test_the_example_is_python_whatever_columns_are_called(
    offered: list[str], way: str, parameters: list[str]
) -> None:
    found = contract(allowable_kwargs=offered, arguments=way)
    (function,) = ast.parse(found.example("estimate")).body
    assert isinstance(function, ast.FunctionDef)
    assert [one.arg for one in function.args.args] == parameters
    assert answer_of(found, *parameters) == (0.0, 0.0)
