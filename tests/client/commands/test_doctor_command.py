from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from valhub.client.exit_codes import ExitCode

Valhub = Callable[..., Result]


def test_all_parts_are_named_and_work_here(valhub: Valhub) -> None:
    done = valhub("doctor")
    assert done.exit_code == ExitCode.SCORED, done.stdout
    for part in ("Python", "bubblewrap", "control groups", "sandbox", "uv"):
        assert f"{part}: " in done.stdout


@pytest.fixture
def without_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for the sandbox's programs where there are none."""
    monkeypatch.setattr("valhub.evaluation.execution.sandbox.tools.PATH", "/nowhere")


@pytest.mark.usefixtures("without_bubblewrap")
def test_what_is_missing_comes_with_the_mend(valhub: Valhub) -> None:
    done = valhub("doctor")
    assert done.exit_code == ExitCode.NO_SANDBOX
    assert "missing   bubblewrap" in done.stdout
    assert "Install the Debian packages" in done.stdout


@pytest.mark.usefixtures("without_bubblewrap")
def test_without_a_sandbox_nothing_is_run(
    valhub: Valhub, package: Path, algorithm: Callable[[str], str]
) -> None:
    done = valhub("run", package, algorithm("return power"))
    assert done.exit_code == ExitCode.NO_SANDBOX
    assert done.stderr.startswith("Error: The sandbox needs")
    assert done.stdout == ""
