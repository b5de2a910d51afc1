"""What a receipt says about packages: their lock, their day, and where no day is known."""

from dataclasses import replace
from pathlib import Path

import pytest

from valhub.evaluation.execution.environments import Environment, Interpreter
from valhub.evaluation.run_context import receipt_of

PYTHON = Interpreter(Path("/usr/bin/python3"), Path("/usr"), "3.11.7", "cpython-311")
MADE = Environment(Path("/env"), "key", "hash", PYTHON, Path("/guard"))


@pytest.mark.parametrize(
    ("made", "dates"),
    [
        (MADE, {}),
        (replace(MADE, undated=("alpha",)), {}),  # without a day, nothing is undated
        (replace(MADE, exclude_newer="2026-01-31"), {"packages_until": "2026-01-31"}),
        (
            replace(MADE, exclude_newer="2026-01-31", undated=("alpha", "beta")),
            {"packages_until": "2026-01-31", "packages_without_upload_time": "alpha, beta"},
        ),
    ],
)
def test_the_day_of_packages_is_in_the_receipt(made: Environment, dates: dict[str, str]) -> None:
    assert receipt_of(made) == {"environment_lock": "hash", **dates, "python": "3.11.7"}
