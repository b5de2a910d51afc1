"""Whatever the guest says is an answer or no answer; it decides nothing else."""

import secrets
from pathlib import Path

import pytest

NO_ANSWER = {
    "pickle": "invalid_output",
    "oversized": "invalid_output",
    "long header": "invalid_output",
    "truncated": "error",
    "malformed": "invalid_output",
    "deep": "invalid_output",
    "array for a kind": "invalid_output",
    "slow": "timeout",
    "nothings": "timeout",
    "rubbish error": "error",
    "huge error": "error",
}


@pytest.mark.parametrize(("kind", "verdict"), NO_ANSWER.items())
def test_a_frame_that_is_no_answer_is_refused(target, kind, verdict):
    outcome = target.attack("frames", kind)
    assert (outcome.failure.verdict, outcome.answer) == (verdict, None)


def test_control_a_frame_made_by_hand_is_an_answer(target):
    assert target.answer("frames", "honest") == 1


def test_only_the_first_answer_counts(target):
    assert target.answer("frames", "twice") == 1
    assert target.answer("frames", "honest") == 1


@pytest.mark.parametrize("reveal", [True, False])
def test_what_a_forged_error_says_is_cut_and_safe_to_show(target, reveal):
    for kind in ("rubbish error", "huge error"):
        failure = target.attack("frames", kind, reveal=reveal).failure
        assert len(failure.message) < 3000
        assert len(failure.traceback) < 21_000
        assert not {"\x1b", "\ud800"} & set(failure.message + failure.traceback)
        assert "root:" not in failure.traceback


def test_a_guest_that_works_on_after_its_answer_is_stopped(target):
    assert target.answer("frames", "on and on") == 1


def test_descriptors_that_the_guest_sends_do_not_arrive(target):
    target.check_unharmed()
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert target.answer("frames", "descriptors") == 1
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_patched_clock_does_not_change_the_measured_time(target, sandbox):
    outcome = target.attack("clocks", 0.5)
    assert outcome.answer == 0.0  # This is the control: its own clocks do stand still.
    assert outcome.cost.wall_s >= 0.5
    assert (outcome.cost.cpu_s is not None) == sandbox.accounts
    # On a busy machine it gets a small share.
    assert outcome.cost.cpu_s is None or outcome.cost.cpu_s > 0.05


def test_patched_codecs_forge_their_own_answer_only(target):
    assert target.answer("codecs_patched", "forged") == "forged"
    assert target.answer("honest") == 499500


def test_patched_codecs_that_talk_rubbish_are_no_answer(target):
    assert target.attack("codecs_patched", "rubbish").failure.verdict == "invalid_output"


def test_files_hidden_from_the_clean_up_are_gone_for_the_next_call(target):
    assert len(target.answer("hiding", "leave")) == 2  # The control: this call sees them.
    assert target.answer("hiding", "look") == []


def test_a_guest_that_lies_on_its_line_to_the_host_is_only_wrong(make_target):
    with make_target("liar") as target:
        for _ in range(2):
            outcome = target.attack("honest")
            assert outcome.failure.verdict in {"error", "invalid_output"}


@pytest.mark.parametrize(("reveal", "seen"), [(False, ""), (True, "secret")])
def test_what_a_hidden_call_leaves_behind_never_meets_a_public_one(make_target, reveal, seen):
    with make_target("parting") as target:
        assert target.attack("tell", "secret", reveal=reveal).answer == "told"
        assert target.attack("listen", "").answer == seen  # `True` is the control.


def test_prints_of_a_hidden_call_are_not_shown_by_the_next(target):
    word = secrets.token_hex(8)
    assert target.attack("printing", word, reveal=False).logs == ""
    assert word not in target.attack("honest").logs
    assert word in target.attack("printing", word).logs  # The control.
