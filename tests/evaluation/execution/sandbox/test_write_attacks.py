"""Nothing that is shown inside can be changed; nobody inside can become somebody else."""

import pytest

from tests.evaluation.execution.sandbox.weakened import with_limit, writable

REFUSED = {"EROFS", "EACCES", "EPERM", "ENOENT"}
LOOSENED = {"write /", "write /algorithm/submission/", "chmod", "utime", "rename", "mkdir"}


def content(folder):
    return {path.name: (path.read_bytes(), path.stat().st_mode) for path in folder.iterdir()}


def test_nothing_shown_inside_can_be_changed(target, attacks):
    before = content(attacks)
    answers = target.answer("writing")
    assert {name: word for name, word in answers.items() if word not in REFUSED} == {}
    assert content(attacks) == before


def test_control_what_is_bound_writable_can_be_changed(weakened, make_target, attacks):
    before = content(attacks)
    weakened.change_words = writable
    with make_target(within=weakened) as target:
        answers = target.answer("writing")
    for name in {path.name for path in attacks.iterdir()} - before.keys():
        (attacks / name).unlink()
    for name, (text, mode) in before.items():
        (attacks / name).write_bytes(text)
        (attacks / name).chmod(mode)
    assert {name for name, word in answers.items() if word == "done"} >= LOOSENED


def test_nobody_inside_gains_a_privilege(target):
    found = target.answer("privileges")
    assert (found.pop("capabilities"), found.pop("may gain more")) == (0, False)
    assert set(found.values()) <= {"EPERM", "EINVAL", "EACCES"}


def test_control_bare_code_may_gain_privileges(bare):
    assert bare("privileges")["may gain more"]


def test_a_crash_leaves_no_core(target):
    assert target.answer("crash") is False


def test_control_a_crash_without_the_limit_leaves_a_core(weakened, run_inside):
    weakened.change_words = with_limit("core", "unlimited:unlimited")
    assert run_inside(weakened, "crash") is True


@pytest.mark.parametrize("victim", ["parent", "everybody", "group"])
def test_killing_the_guest_ends_this_call_only(target, victim):
    outcome = target.attack("killing", victim)
    assert outcome.failure.verdict == "error"
    assert "ended" in outcome.failure.message


def test_the_first_process_inside_cannot_be_killed(target):
    assert target.answer("killing", 1) == "both alive"


def test_processes_of_this_machine_cannot_be_killed_from_inside(target, bystander):
    outcome = target.attack("killing", bystander.pid)
    assert "ProcessLookupError" in outcome.failure.message
    assert bystander.poll() is None


def test_control_bare_code_kills_a_process_of_this_machine(bare, bystander):
    assert bare("killing", bystander.pid) == "both alive"
    assert bystander.wait(120) == -9
