"""The Python installations of this machine."""

import sys
from pathlib import Path

import pytest

from valhub.evaluation.execution.environments.interpreters import NoInterpreter, find_interpreter

OWN = f"{sys.version_info.major}.{sys.version_info.minor}"


def fake_python(path: Path, version: str) -> None:
    """Put an installation on disk that says what a real one would."""
    path.parent.mkdir(parents=True)
    prefix = path.parent.parent
    facts = f'{{"prefix": "{prefix}", "version": "{version}", "platform": "cpython-{version}"}}'
    path.write_text(f"#!/bin/sh\necho '{facts}'\n")
    path.chmod(0o755)


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
    broken = tmp_path / "path/python3.97"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    fake_python(tmp_path / "versions/3.97.2/bin/python3.97", "3.97.2")
    environ = {"PATH": str(broken.parent), "PYENV_ROOT": str(tmp_path)}
    assert find_interpreter("3.97", environ).version == "3.97.2"


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
