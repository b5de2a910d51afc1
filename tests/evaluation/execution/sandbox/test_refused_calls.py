"""Every call that the sandbox refuses, made inside by its number, and refused by the filter itself.

The list is the tests' own. `attacks/refused.py` says how the filter's answer is told from the
kernel's. Those that it answers with ENOSYS are made for real in `attacks/calls.py`.
"""

import platform
import socket

from tests.evaluation.execution.sandbox.refused_calls import FORBIDDEN, numbers
from tests.evaluation.execution.sandbox.weakened import without

_COLUMN = ("x86_64", "aarch64").index(platform.machine())
CLONE, IOCTL, PERSONALITY = ((56, 220)[_COLUMN], (16, 29)[_COLUMN], (135, 92)[_COLUMN])
SOCKETS = ((41, 198)[_COLUMN], (53, 199)[_COLUMN])
# clone(2): CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
NAMESPACES = (0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)
# ioctl(2): TIOCSTI, TIOCLINUX, TIOCSETD type into terminals and drive them.
TERMINALS = (0x5412, 0x541C, 0x5423)
# personality(2): ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC, PER_LINUX32
PERSONALITIES = (0x0040000, 0x0400000, 0x0008)
BY_ARGUMENT = [
    *((CLONE, flag) for flag in NAMESPACES),
    *((IOCTL, 0, request) for request in TERMINALS),
    *((PERSONALITY, one) for one in PERSONALITIES),
]
FAMILIES = [
    (call, family) for call in SOCKETS for family in range(1, 46) if family != socket.AF_UNIX
]


def test_the_filter_refuses_each_call(target):
    listed = numbers(FORBIDDEN)
    answers = target.answer("refused", [[number] for number in listed.values()])
    assert dict(zip(listed, answers, strict=True)) == dict.fromkeys(listed, "EPERM")
    assert len(listed) >= 58


def test_the_filter_refuses_arguments_that_reach_further(target):
    answers = target.answer("refused", [list(call) for call in BY_ARGUMENT])
    assert dict(zip(BY_ARGUMENT, answers, strict=True)) == dict.fromkeys(BY_ARGUMENT, "EPERM")


def test_the_filter_refuses_all_families_of_sockets_but_unix(target):
    answers = target.answer("refused", [list(call) for call in FAMILIES])
    assert dict(zip(FAMILIES, answers, strict=True)) == dict.fromkeys(FAMILIES, "EAFNOSUPPORT")


def test_control_without_the_filter_nothing_refuses_them(weakened, run_inside):
    weakened.change_words = without("--seccomp", 1)
    calls = [*([number] for number in numbers(FORBIDDEN).values()), *BY_ARGUMENT, *FAMILIES]
    assert run_inside(weakened, "refused", calls) == ["ENOSYS"] * len(calls)
