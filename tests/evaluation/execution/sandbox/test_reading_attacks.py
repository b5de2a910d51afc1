"""What an algorithm must not learn: truth, other people's files, secrets of this machine."""

import os
import secrets
from pathlib import Path

import pytest


@pytest.fixture
def others(tmp_path: Path) -> list[str]:
    """Files that anybody on this machine may read, and that no algorithm may."""
    tmp_path.chmod(0o755)
    truth, submission = tmp_path / "truth.frame", tmp_path / "submission_wrapper.py"
    truth.write_text("60")
    submission.write_text("def detect(): ...")
    processes = [f"/proc/{os.getpid()}/status", f"/proc/self/root{truth}"]
    private = ["/etc/shadow"] if os.getuid() == 0 else []
    return [str(truth), str(submission), "/etc/hosts", "/home", "/var", *processes, *private]


def test_files_of_others_do_not_exist_inside(target, others):
    assert target.answer("reading", *others) == dict.fromkeys(others, "ENOENT")


def test_control_bare_code_reads_files_of_others(bare, others):
    assert bare("reading", *others) == dict.fromkeys(others, "done")


@pytest.fixture
def secret(monkeypatch) -> str:
    name = f"DATABASE_PASSWORD_{secrets.token_hex(8)}"
    monkeypatch.setenv(name, "secret")
    return name


def test_no_environment_inside_holds_a_variable_of_this_process(secret, target):
    assert target.answer("environment", secret) is False


def test_control_bare_code_finds_the_variable(secret, bare):
    assert bare("environment", secret) is True


def test_the_truth_is_nowhere_in_the_process_that_is_to_find_it(target):
    truth = secrets.token_hex(16)
    found = target.answer("inspection", truth[::-1])
    assert found == {"frames": False, "objects": False, "memory": False}


def test_control_the_hunter_finds_what_is_given_to_it(target):
    truth = secrets.token_hex(16)
    found = target.answer("inspection", truth[::-1], truth)
    assert found == {"frames": True, "objects": True, "memory": True}


def test_open_files_of_this_process_are_not_inherited(tmp_path, target):
    with (tmp_path / "truth").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        target.host.close()
        found = target.answer("descriptors")
    assert [path for path in found if path.startswith("/") and path != "/dev/null"] == [
        path for path in found if path.startswith("/proc/")
    ]


def test_control_bare_code_inherits_open_files(tmp_path, bare):
    with (tmp_path / "truth").open("w") as file:
        found = bare("descriptors", pass_fds=[file.fileno()])
    assert str(tmp_path / "truth") in found
