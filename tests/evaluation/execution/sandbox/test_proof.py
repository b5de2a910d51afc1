"""A machine without a sandbox that holds runs nothing, and says what to do about it."""

import pytest

from valhub.evaluation.execution.sandbox import NoSandbox, cgroups, proof, tools
from valhub.evaluation.execution.sandbox import doctor as doctors
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap


@pytest.fixture
def no_tools(monkeypatch):
    monkeypatch.setattr(tools, "PATH", "/nowhere")


@pytest.fixture
def leaky(monkeypatch):
    monkeypatch.setattr(proof, "find_holes", lambda *_: ["reads a file of this machine"])


def checks() -> dict[str, doctors.Check]:
    return {check.name: check for check in doctors.doctor()}


def test_missing_programs_are_named_with_the_mend(no_tools):
    with pytest.raises(NoSandbox, match=r"bwrap, prlimit, sh.*Install the Debian packages"):
        Bubblewrap.open()


def test_a_sandbox_that_cannot_start_is_no_fault_of_the_command(weakened, run_inside):
    weakened.change_words = lambda words: ["bwrap", "--no-such-option", *words[1:]]
    with pytest.raises(NoSandbox, match=r"did not start.*valhub doctor"):
        run_inside(weakened, "honest")


def test_the_doctor_says_what_is_not_measured_without_control_groups(monkeypatch):
    monkeypatch.setattr(cgroups, "detect", lambda: None)
    check = checks()["control groups"]
    assert (check.ok, check.needed) == (False, False)
    assert "processor time is not measured" in check.detail
    assert "Delegate=yes" in check.fix


def test_a_sandbox_is_proved_once(tmp_path, monkeypatch):
    proofs = []
    monkeypatch.setattr(proof, "find_holes", lambda *_: proofs.append("proof") or [])
    for _ in range(2):
        with proof.proven_sandbox(tmp_path) as sandbox:
            assert sandbox.name == "bubblewrap"
    assert proofs == ["proof"]


def test_a_hole_refuses_every_run_and_says_which(tmp_path, leaky):
    for _ in range(2):
        with pytest.raises(NoSandbox, match="reads a file of this machine"):
            proof.proven_sandbox(tmp_path).__enter__()


def test_doctor_finds_this_machine_well():
    assert [check.name for check in checks().values() if check.needed and not check.ok] == []


def test_doctor_names_missing_programs_and_their_packages(no_tools):
    tools, sandbox = checks()["bubblewrap"], checks()["sandbox"]
    assert (tools.ok, sandbox.ok) == (False, False)
    assert "bwrap" in tools.detail
    assert "bubblewrap" in tools.fix


def test_doctor_names_a_hole(leaky):
    sandbox = checks()["sandbox"]
    assert not sandbox.ok
    assert "reads a file of this machine" in sandbox.detail


def test_doctor_says_how_to_get_control_groups(monkeypatch):
    monkeypatch.setattr(cgroups, "detect", lambda: None)
    groups = checks()["control groups"]
    assert (groups.ok, groups.needed) == (False, False)
    assert "Delegate=yes" in groups.fix
