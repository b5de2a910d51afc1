"""The Python installations of this machine."""

import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from valhub.evaluation.execution.environments import interpreters
from valhub.evaluation.execution.environments.interpreters import (
    NoInterpreter,
    SilentInterpreter,
    find_interpreter,
)

OWN = f"{sys.version_info.major}.{sys.version_info.minor}"


def fake_python(path: Path, version: str) -> None:
    """Put an installation on disk that says what a real one would."""
    path.parent.mkdir(parents=True)
    prefix = path.parent.parent
    facts = f'{{"prefix": "{prefix}", "version": "{version}", "platform": "cpython-{version}"}}'
    path.write_text(f"#!/bin/sh\necho '{facts}'\n")
    path.chmod(0o755)


def program(path: Path, script: str) -> Path:
    """Put a program on disk; returns the folder that a PATH would name."""
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path.parent


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for an answer no longer than a busy machine needs to give one."""
    monkeypatch.setattr(interpreters, "_ANSWERS_WITHIN_S", 1.0)


@pytest.fixture
def no_descriptors_left() -> Iterator[None]:
    """Let this process open no further file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_by_default_it_is_the_installation_that_runs_us() -> None:
    found = find_interpreter()
    assert found.prefix == Path(sys.base_prefix)
    assert found.executable.is_relative_to(found.prefix)
    assert found.version.startswith(OWN)


def test_a_virtual_environments_python_is_never_the_answer() -> None:
    assert not find_interpreter(OWN).executable.is_relative_to(
        sys.prefix if sys.prefix != sys.base_prefix else "/nowhere"
    )


def test_another_version_is_found_on_the_path(tmp_path: Path) -> None:
    fake_python(tmp_path / "bin/python3.97", "3.97.1")
    found = find_interpreter("3.97", {"PATH": str(tmp_path / "bin"), "HOME": "/nowhere"})
    assert (found.version, found.prefix) == ("3.97.1", tmp_path)


def test_another_version_is_found_among_pyenvs(tmp_path: Path) -> None:
    fake_python(tmp_path / "versions/3.97.2/bin/python3.97", "3.97.2")
    environ = {"PATH": "/nowhere", "PYENV_ROOT": str(tmp_path)}
    assert find_interpreter("3.97.2", environ).version == "3.97.2"


def test_a_program_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    broken = program(tmp_path / "path/python3.97", "exit 127")
    fake_python(tmp_path / "versions/3.97.2/bin/python3.97", "3.97.2")
    environ = {"PATH": str(broken), "PYENV_ROOT": str(tmp_path)}
    assert find_interpreter("3.97", environ).version == "3.97.2"


@pytest.mark.parametrize("script", ["exec sleep 30", "kill -9 $$"])
def test_a_program_that_does_not_answer_is_no_missing_one(
    tmp_path: Path, impatient: None, script: str
) -> None:
    silent = program(tmp_path / "path/python3.97", script)
    with pytest.raises(SilentInterpreter, match=r"did not answer.*not the algorithm's fault"):
        find_interpreter("3.97", {"PATH": str(silent), "HOME": "/nowhere"})


def test_another_that_answers_makes_up_for_one_that_does_not(
    tmp_path: Path, impatient: None
) -> None:
    slow = program(tmp_path / "path/python3.97", "exec sleep 30")
    fake_python(tmp_path / "versions/3.97.2/bin/python3.97", "3.97.2")
    environ = {"PATH": str(slow), "PYENV_ROOT": str(tmp_path)}
    assert find_interpreter("3.97", environ).version == "3.97.2"


def test_a_machine_without_room_for_a_process_lacks_no_version(no_descriptors_left: None) -> None:
    with pytest.raises(SilentInterpreter):
        find_interpreter()


def test_our_own_installation_is_never_told_as_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    with pytest.raises(SilentInterpreter):
        find_interpreter()


def test_a_version_that_is_not_installed_is_named_with_the_mend() -> None:
    with pytest.raises(NoInterpreter, match=r"Python 3\.98 is not installed.*administrator"):
        find_interpreter("3.98", {"PATH": "/nowhere", "HOME": "/nowhere"})


@pytest.mark.parametrize("version", ["3", "four", "3.11; rm -rf", "../3.11", "2.7"])
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(NoInterpreter, match="not a Python version"):
        find_interpreter(version)


def test_a_python_older_than_the_guest_is_refused() -> None:
    with pytest.raises(NoInterpreter, match="too old"):
        find_interpreter("3.8")
