"""Booleans in other languages are no silent text, which every algorithm would take for true."""

import io

import pandas as pd
import pytest

from tests.evaluation.packages.conftest import SYSTEMS
from valhub.evaluation.packages.opening import open_package

TABLE = "data/system_metadata.csv"


@pytest.fixture
def task_of(make_task):
    """Make a task whose two systems have these values of `shaded`."""

    def make(*values, **config):
        header, *rows = SYSTEMS.splitlines()
        lines = [f"{header},shaded", *(f"{r},{v}" for r, v in zip(rows, values, strict=True))]
        return make_task({TABLE: "\n".join(lines) + "\n"}, **config)

    return make


PASSED = {"allowable_kwargs": ["latitude", "shaded"]}
SLICED = {"slices": ["shaded"]}


@pytest.mark.parametrize(
    "pair", ["WAHR FALSCH", "VRAI FAUX", "VERDADERO FALSO", "vero falso", "WAAR ONWAAR"]
)
def test_a_spreadsheets_booleans_are_a_fault_where_they_are_passed(task_of, faults_of, pair):
    first, second = faults_of(lambda: open_package(task_of(*pair.split(), **PASSED)))
    word = pair.split()[0]
    assert (first.file, first.line, first.column) == (TABLE, 2, "shaded")
    assert first.problem == f'"{word}" is not a boolean.'
    assert first.fix == "Write True or False."
    assert second.line == 3


@pytest.mark.parametrize("value", ["WAHR", "ja", "maybe"])
def test_another_word_among_booleans_is_a_fault(make_task, faults_of, value):
    header, *rows = SYSTEMS.splitlines()
    rows.append(rows[0].replace("4,", "5,", 1))
    values = ["True", "False", value]
    lines = [f"{header},shaded", *(f"{r},{v}" for r, v in zip(rows, values, strict=True))]
    task = make_task({TABLE: "\n".join(lines) + "\n"}, **PASSED)
    (fault,) = faults_of(lambda: open_package(task))
    assert (fault.line, fault.problem) == (4, f'"{value}" is not a boolean.')


@pytest.mark.parametrize("values", [("ja", "nein"), ("Oui", "Non"), ("sí", "no"), ("yes", "yes")])
@pytest.mark.parametrize("config", [PASSED, SLICED])
def test_yes_and_no_may_be_labels_and_are_pointed_out(task_of, values, config):
    (note,) = open_package(task_of(*values, **config)).notes
    assert note.startswith(f'{TABLE}:2: "{values[0]}" in the column "shaded" is text')
    assert note.endswith("Write True or False if it should be one.")


def test_a_spreadsheets_booleans_in_a_slice_are_pointed_out(task_of):
    (note,) = open_package(task_of("FAUX", "VRAI", **SLICED)).notes
    assert '"FAUX" in the column "shaded" is text' in note


@pytest.mark.parametrize(
    "values", [("True", "FALSE"), ("n", "n"), ("Sand", "sand"), ("full", "none"), ("1", "0")]
)
def test_booleans_and_labels_have_no_notes(task_of, values):
    assert open_package(task_of(*values, **PASSED, **SLICED)).notes == ()


def test_columns_that_nobody_reads_have_no_notes(task_of):
    assert open_package(task_of("WAHR", "nein")).notes == ()


def test_text_in_parquet_is_read_as_in_csv(make_task):
    frame = pd.read_csv(io.StringIO(SYSTEMS), dtype=str).assign(shaded=["True", "FALSE"])
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    parquet = TABLE.replace("csv", "parquet")
    package = open_package(make_task({TABLE: None, parquet: buffer.getvalue()}, **PASSED))
    first, second = (file.metadata for file in package.files)
    assert (first["latitude"], first["shaded"]) == (39.7406, True)
    assert (second["system_id"], second["shaded"]) == (50, False)
