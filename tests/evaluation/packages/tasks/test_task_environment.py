"""A task's `environment`: what is read, and what is a fault that says how to fix it."""

import pytest

from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.task_config import TaskConfig


def test_an_environment_is_read_in_its_normal_form(make_task):
    declared = {
        "python": "3.11.4",
        "packages": [" pvlib == 0.13.0", "scipy>=1.10,<2"],
        "exclude_newer": "2024-01-31",
    }
    config = open_package(make_task(environment=declared)).config
    assert config.environment.python == "3.11"
    assert config.environment.packages == ("pvlib==0.13.0", "scipy<2,>=1.10")
    assert config.environment.exclude_newer == "2024-01-31"
    assert config.environment.provided[-3:] == ("numpy", "pandas", "tzdata")
    assert TaskConfig.model_validate(config.model_dump(mode="json")).environment == (
        config.environment
    )


def test_without_one_algorithms_and_the_hub_decide(make_task):
    config = open_package(make_task()).config
    assert config.environment.model_dump() == {
        "python": None,
        "packages": (),
        "exclude_newer": None,
    }


@pytest.mark.parametrize(
    ("declared", "key", "problem"),
    [
        ({"python": 3.11}, "environment.python", "valid string"),
        ({"python": "2.7"}, "environment.python", '"2.7" is not a Python version'),
        ({"python": "3.8"}, "environment.python", "from 3.9 on"),
        ({"python": ">=3.10"}, "environment.python", "such as 3.11"),
        ({"packages": "pvlib"}, "environment.packages", "a list"),
        ({"packages": ["-r x"]}, "environment.packages.0", '"-r x" is an option'),
        ({"packages": ["a", "b=1"]}, "environment.packages.1", '"b=1" is not a requirement'),
        ({"packages": ["a"] * 201}, "environment.packages", "at most 200"),
        ({"exclude_newer": "31.01.2024"}, "environment.exclude_newer", "neither a day nor a time"),
        ({"exclude_newer": "2999-01-01"}, "environment.exclude_newer", "has not passed yet"),
        ({"exclude-newer": "2024-01-01"}, "environment.exclude-newer", "is not a key"),
        (["pvlib"], "environment", "an object"),
    ],
)
def test_each_wrong_key_is_a_fault(make_task, faults_of, declared, key, problem):
    (fault,) = faults_of(lambda: open_package(make_task(environment=declared)))
    assert (fault.file, fault.column) == ("config.json", key)
    assert problem in fault.problem
    assert "an object such as" in fault.fix
