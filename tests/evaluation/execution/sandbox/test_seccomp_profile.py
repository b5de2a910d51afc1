"""The profile decides as the program does, call by call and argument by argument."""

import errno
import json
import platform
from typing import Any

import pytest

from tests.evaluation.execution.sandbox.test_seccomp_program import ALLOW, interpret, packed
from valhub.evaluation.execution.sandbox import oci_profile, seccomp
from valhub.evaluation.execution.sandbox.interface import NoSandbox

# Small ones, all flags of clone, families of sockets, what types into terminals, and high words.
VALUES = sorted(
    {0, 1, 2, 10, 16, 17, 40, 0x003D0F00, 0xFFFFFFFF, 1 << 32, (1 << 32) | 2, (1 << 64) - 1}
    | {1 << place for place in range(64)}
    | {number + step for number in (0x5412, 0x541C, 0x5423) for step in (-1, 0, 1, 1 << 32)}
)


@pytest.fixture(params=[False, True], ids=["no loopback", "loopback"])
def loopback(request) -> bool:
    return request.param


@pytest.fixture
def profile(loopback) -> dict[str, Any]:
    return json.loads(oci_profile.seccomp_profile(loopback=loopback))


def holds(test: dict[str, Any], arguments: list[int]) -> bool:
    assert test["op"] == "SCMP_CMP_MASKED_EQ"
    return arguments[test["index"]] & test["value"] == test["valueTwo"]


def answers(profile: dict[str, Any], name: str | None, arguments: list[int]) -> list[str | int]:
    """What each entry that applies says; the default when there is none."""
    applying = [
        entry
        for entry in profile["syscalls"]
        if name in entry["names"] and all(holds(test, arguments) for test in entry["args"])
    ]
    said = [entry.get("errnoRet", ALLOW) for entry in applying]
    return said or [profile["defaultErrnoRet"]]


def test_every_call_is_answered_as_by_the_program(profile, loopback):
    program, name = seccomp.filter_program(loopback=loopback), oci_profile.call_names()
    known = {number: name(number) for number in range(seccomp._NEWEST_CALL + 20)}
    # The machine's library may be older than the newest call; it then is not there either.
    wrong = {
        number: (said, expected)
        for number in known
        if (said := answers(profile, known[number], [0] * 6))
        != [expected := interpret(program, packed(number)) if known[number] else errno.ENOSYS]
    }
    assert wrong == {}
    assert sum(text is not None for text in known.values()) > 300


def test_every_argument_that_matters_is_answered_once_and_as_by_the_program(profile, loopback):
    program, name = seccomp.filter_program(loopback=loopback), oci_profile.call_names()
    for condition in seccomp.policy(loopback=loopback).conditions:
        for value in VALUES:
            arguments = [0] * 6
            arguments[condition.position] = value
            expected = interpret(program, packed(condition.call, *arguments))
            assert answers(profile, name(condition.call), arguments) == [expected], (
                condition,
                value,
            )


def test_only_this_processors_own_table_is_named(profile):
    assert profile["architectures"] == [
        {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}[platform.machine()]
    ]


def test_a_machine_without_the_library_of_names_has_no_sandbox(monkeypatch):
    monkeypatch.setattr(oci_profile, "_LIBRARY", "libnowhere.so.2")
    with pytest.raises(NoSandbox, match=r"libnowhere\.so\.2.*libseccomp2"):
        oci_profile.call_names()
