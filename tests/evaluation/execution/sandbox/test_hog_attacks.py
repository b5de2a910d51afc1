"""Nobody gets more than the limits: memory, processes, disk, time, prints, answers."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.execution.sandbox.interface import MIB
from valhub.evaluation.execution.sandbox.rundir import RunDir

IN_TWENTY = (300, 20)


@pytest.mark.parametrize("amount", [(300,), IN_TWENTY], ids=["one process", "twenty processes"])
def test_a_memory_bomb_is_out_of_memory(target, amount):
    outcome = target.attack("memory", *amount)
    assert outcome.failure.verdict == "out_of_memory"


@pytest.mark.parametrize(("amount", "answer"), [((300,), 1), (IN_TWENTY, 20)])
def test_control_the_same_memory_within_the_limit_is_granted(make_target, amount, answer):
    with make_target(memory_bytes=600 * MIB, timeout_s=10.0) as target:
        assert target.answer("memory", *amount) == answer


@pytest.mark.parametrize("what", ["count", "threads"])
def test_processes_and_threads_are_counted_together(sandbox, run_inside, what):
    assert 10 <= run_inside(sandbox, "forks", what, processes=40) < 40


@pytest.mark.parametrize("what", ["count", "threads"])
def test_control_a_higher_limit_lets_more_start(sandbox, run_inside, what):
    assert 60 < run_inside(sandbox, "forks", what, processes=100) < 100


def test_a_fork_bomb_ends_with_its_call(target):
    outcome = target.attack("forks", "bomb")
    assert outcome.failure.verdict in {"timeout", "error", "out_of_memory"}


@pytest.mark.slow
def test_an_endless_loop_that_hears_no_signal_times_out(target):
    began = time.monotonic()
    outcome = target.attack("looping")
    assert outcome.failure.verdict == "timeout"
    assert outcome.failure.message == "The algorithm took longer than the limit of 4 s."
    assert 3.9 < outcome.cost.wall_s <= time.monotonic() - began


def test_control_a_loop_within_the_time_answers(target):
    assert target.answer("looping", 0.2) == "ended"


def test_control_the_bare_loop_hears_no_signal(bare_process):
    with bare_process("looping") as attacker:
        assert attacker.stdout.readline() == b"deaf\n"
        attacker.terminate()
        with pytest.raises(subprocess.TimeoutExpired):
            attacker.wait(0.3)
        attacker.kill()


def test_a_daemon_that_forks_twice_is_gone_with_its_call(target):
    assert target.answer("daemon") > 2
    target.check_unharmed()
    sandbox = target.host.start().process
    # The sandbox's own process, the guest, and the child that waits for the next call, which may
    # not be there at once.
    counts = []
    while len(counts) < 50 or (counts[-1] < 3 and len(counts) < 3000):
        counts.append(sandbox.usage().processes)
        time.sleep(0.01)
    assert max(counts) == 3


def test_control_the_bare_daemon_stays(bare):
    os.kill(bare("daemon", 1), signal.SIGKILL)  # Raises when there is no such process.


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_flood_of_prints_ends_the_call(target, stream):
    outcome = target.attack("floods", stream)
    assert outcome.failure.verdict == "error"
    assert "printed more than" in outcome.failure.message
    assert len(outcome.logs) < 70_000


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_control_a_trickle_of_prints_is_kept(target, stream):
    assert target.answer("floods", stream, 2) == "printed"


def test_a_flood_of_answer_is_no_answer(make_target):
    with make_target(output_bytes=8 * MIB) as target:
        outcome = target.attack("floods", "answer", 9)
        assert (outcome.failure.verdict, outcome.answer) == ("invalid_output", None)
        assert len(target.answer("floods", "answer", 7)) == 7 * MIB
        target.check_unharmed()


@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm"])
def test_a_full_temporary_folder_is_full(sandbox, run_inside, folder):
    limit = {"tmp_bytes": 8 * MIB}
    assert run_inside(sandbox, "filling", "bytes", 9, folder, **limit) == "ENOSPC"
    assert run_inside(sandbox, "filling", "bytes", 7, folder, **limit) == "done"


def test_temporary_files_count_as_memory(target):
    assert target.attack("filling", "bytes", 200).failure.verdict == "out_of_memory"


def test_a_file_of_a_tebibyte_is_refused_even_as_a_hole(target):
    assert target.answer("filling", "hole", 1 << 20) == "EFBIG"


def test_control_a_hole_within_the_limit_is_made(target):
    assert target.answer("filling", "hole", 1000) == "done"


@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm"])
def test_a_flood_of_files_ends_the_call(target, folder):
    outcome = target.attack("filling", "files", 10**9, folder)
    assert outcome.failure.verdict == "error"
    assert "temporary files" in outcome.failure.message


def test_control_a_few_thousand_files_are_fine(target):
    assert target.answer("filling", "files", 5000) == "done"


@pytest.fixture
def ungrouped() -> Iterator[Bubblewrap]:
    """The sandbox where no control groups can be made: limits are kept by watching."""
    with RunDir() as rundir:
        yield Bubblewrap(rundir, None)


UNGROUPED = {
    "memory in one process": (["memory", 300], "out_of_memory"),
    "memory in twenty": (["memory", *IN_TWENTY], "out_of_memory"),
    "memory in files": (["filling", "bytes", 200], "out_of_memory"),
    "a loop": (["looping"], "timeout"),
    "files": (["filling", "files", 10**9], "error"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", UNGROUPED)
def test_limits_hold_without_control_groups(make_target, ungrouped, name):
    request, verdict = UNGROUPED[name]
    with make_target(within=ungrouped) as target:
        assert target.attack(*request).failure.verdict == verdict
        target.check_unharmed()


def test_processes_are_limited_without_control_groups(ungrouped, run_inside):
    assert 10 <= run_inside(ungrouped, "forks", processes=40) < 40
