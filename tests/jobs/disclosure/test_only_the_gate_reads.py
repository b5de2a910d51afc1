"""Nobody but the gate reads what a run found in order to show it.

The raw columns of runs, of files' results and of submissions have names that the gate's own values
do not bear, so the source alone shows who reads them. The administration is for staff, who see
all; `test_every_outlet` reads its pages.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import valhub
from valhub.jobs.models import FileResult, Run, Submission

ROOT = Path(valhub.__file__).parent
RAW = {
    Run: {"aggregates", "slices", "returned", "evaluation_report"},
    FileResult: {
        "metrics",
        "logs",
        "traceback",
        "wall_s",
        "cpu_s",
        "peak_memory_bytes",
    },
    Submission: {"result", "private_result"},
}
COLUMNS = frozenset().union(*RAW.values())
NAMES = COLUMNS | {"file_results", "elapsed_s", "cpu_time_s"}
# What gives raw values, or numbers of a board that are not rounded yet.
FUNCTIONS = frozenset(
    {
        "aggregates_of",
        "slices_of",
        "final_of",
        "summary_of",
        "finished_run",
        "board_page",
        "read_rows",
    }
)
QUERIES = frozenset({"values", "values_list", "only", "filter", "annotate", "F", "getattr"})
OUTLETS = ("api", "http", "observing", "web", "jobs/selectors")
# They read rows for the gate, and show nothing.
READERS = {ROOT / "jobs/selectors" / f"stored_{what}.py" for what in ("aggregates", "final")}
SOURCES = sorted({path for outlet in OUTLETS for path in (ROOT / outlet).rglob("*.py")} - READERS)
TEMPLATES = sorted((ROOT / "web" / "templates").rglob("*.html"))


def read_raw(source: str) -> Iterator[str]:
    """Every raw column that some source reads by attribute, in a query, or through a function."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(attr=name, ctx=ast.Load()) if name in NAMES:
                yield name
            case ast.alias(name=name) if name in FUNCTIONS:
                yield name
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in QUERIES:
                texts = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
                asked = {part for one in texts for part in str(one).split("__")}
                asked |= {part for key in node.keywords for part in (key.arg or "").split("__")}
                yield from asked & NAMES


def test_the_raw_columns_are_columns() -> None:
    for model, names in RAW.items():
        assert names <= {field.name for field in model._meta.get_fields()}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_outlet_reads_a_raw_column(path: Path) -> None:
    assert not list(read_raw(path.read_text()))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_reads_a_raw_column(path: Path) -> None:
    asked = re.findall(r"{[{%].*?[}%]}", path.read_text())
    assert not [one for one in asked if NAMES & set(re.findall(r"\.(\w+)", one))]


@pytest.mark.parametrize(
    "source",
    [
        "run.aggregates['mae']",
        "FileResult.objects.values_list('file', 'metrics')",
        "Run.objects.values('submission__private_result')",
        "list(run.file_results.all())",
        "Run.objects.filter(slices__contains=1)",
        "getattr(run, 'returned')",
        "from valhub.leaderboards.selectors.pages import board_page",
    ],
)
def test_a_reader_is_found(source: str) -> None:
    assert list(read_raw(source))
