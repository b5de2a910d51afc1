import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from valhub import __version__
from valhub.client.cli import ErrorReporting
from valhub.client.exit_codes import ExitCode
from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.execution.sandbox import NoSandbox


def outcome_of(error: BaseException) -> Result:
    @click.group(cls=ErrorReporting)
    def group() -> None:
        """Stand in for the real one."""

    @group.command()
    def fail() -> None:
        raise error

    return CliRunner().invoke(group, ["fail"])


def test_a_known_error_is_one_message_and_bad_input() -> None:
    done = outcome_of(EvaluationError("The file x is broken.\x1b[2J Fix it."))
    assert done.exit_code == ExitCode.BAD_INPUT
    assert done.stderr == "Error: The file x is broken.\\x1b[2J Fix it.\n"


def test_a_missing_sandbox_has_its_own_exit_code() -> None:
    assert outcome_of(NoSandbox()).exit_code == ExitCode.NO_SANDBOX


def test_ctrl_c_has_its_own_exit_code() -> None:
    done = outcome_of(KeyboardInterrupt())
    assert (done.exit_code, done.stderr) == (ExitCode.INTERRUPTED, "Interrupted.\n")


def test_a_fault_of_ours_crashes_loudly() -> None:
    assert isinstance(outcome_of(ZeroDivisionError()).exception, ZeroDivisionError)


def test_version_is_told(valhub: Callable[..., Result]) -> None:
    assert valhub("--version").stdout == f"valhub, version {__version__}\n"


@pytest.mark.parametrize("heavy", ["pandas", "numpy", "pyarrow", "rich", "jinja2", "pydantic"])
def test_help_loads_nothing_heavy(heavy: str) -> None:
    code = f"import sys, valhub.client.cli; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_command_is_installed_beside_the_interpreter() -> None:
    command = Path(sys.executable).parent / "valhub"
    done = subprocess.run([command, "--help"], capture_output=True, text=True, check=True)
    assert "Score photovoltaic algorithms" in done.stdout
