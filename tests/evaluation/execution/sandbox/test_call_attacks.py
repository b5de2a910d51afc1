"""System calls that reach other parts of the kernel are refused by the filter, not by chance."""

import platform

from tests.evaluation.execution.sandbox.weakened import without

X86_64 = platform.machine() == "x86_64"
_NOT_THERE = ("memfd_create", "shmget", "msgget", "memfd_secret", "clone3")


def test_the_filter_refuses_every_call_that_reaches_further(target):
    refused = target.answer("calls")
    assert {name: refused.pop(name) for name in _NOT_THERE} == dict.fromkeys(_NOT_THERE, "ENOSYS")
    assert set(refused.values()) == {"EPERM"}


def test_control_without_the_filter_the_kernel_itself_answers(weakened, run_inside):
    weakened.change_words = without("--seccomp", 1)
    answers = run_inside(weakened, "calls")
    assert "EPERM" not in answers.values()
    done = ("ptrace", "memfd_create", "shmget", "msgget", "personality")
    assert [answers[name] for name in done] == ["done"] * len(done)
    # Not every kernel has memfd_secret switched on; clone3 is there, and asked for nothing.
    assert answers["clone3"] == "EINVAL"


if X86_64:

    def test_foreign_call_tables_are_closed(target):
        assert target.answer("foreign") == {"i386": "SIGSYS", "x32": "ENOSYS"}

    def test_control_without_the_filter_the_i386_table_is_open(weakened, run_inside):
        weakened.change_words = without("--seccomp", 1)
        assert run_inside(weakened, "foreign")["i386"] != "SIGSYS"
