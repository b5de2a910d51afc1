"""Requirements, what is added to them, and the names of their locks."""

from dataclasses import replace

import pytest

from valhub.evaluation.execution.environments import Interpreter, UnresolvableRequirements
from valhub.evaluation.execution.environments.requirement_locks import (
    LockQuestion,
    checked,
    environment_key,
    with_needed,
)

NEEDED = ("numpy", "pandas")


def test_needed_projects_are_added_when_left_out() -> None:
    assert with_needed(("pvlib",), NEEDED) == ("pvlib", "numpy", "pandas")


def test_needed_projects_are_known_by_their_canonical_names() -> None:
    assert with_needed(("NumPy==1.26", "Pandas[parquet]>=2"), NEEDED) == (
        "NumPy==1.26",
        "Pandas[parquet]>=2",
    )


def test_a_requirement_that_may_not_apply_does_not_count() -> None:
    lines = ("numpy<2; python_version < '3.9'", "pandas")
    assert with_needed(lines, NEEDED) == (*lines, "numpy")


@pytest.mark.parametrize(
    "line",
    [
        "-e ./x",
        "--index-url https://i.test",
        "./x",
        "/etc/passwd",
        "x @ file:///etc/passwd",
        "x @ https://i.test/x-1-py3-none-any.whl",
        "x; python_version > '${SECRET}'",
        "x===${SECRET}",
        "x\n-e ./y",
        "x --hash=sha256:00",
    ],
)
def test_what_is_more_than_names_and_versions_is_refused(line: str) -> None:
    with pytest.raises(UnresolvableRequirements):
        checked([line])


def test_blank_lines_are_dropped() -> None:
    assert checked(["", " six ", "\t"]) == ("six",)


def test_the_order_of_requirements_does_not_matter_to_their_lock(python: Interpreter) -> None:
    question = LockQuestion(("a", "b"), python, "index")
    assert question.name == replace(question, lines=("b", "a")).name


@pytest.mark.parametrize(
    "change", [{"lines": ("a",)}, {"index": "other"}, {"exclude_newer": "2024-01-01"}]
)
def test_whatever_a_lock_depends_on_changes_its_name(
    python: Interpreter, change: dict[str, object]
) -> None:
    question = LockQuestion(("a", "b"), python, "index")
    assert question.name != replace(question, **change).name


@pytest.mark.parametrize("change", [{"version": "3.9.1"}, {"platform": "other"}])
def test_an_environment_is_of_one_python(python: Interpreter, change: dict[str, str]) -> None:
    assert environment_key("lock", python) != environment_key("lock", replace(python, **change))
