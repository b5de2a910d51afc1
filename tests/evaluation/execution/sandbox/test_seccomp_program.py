"""The filter's program, decided by an interpreter of BPF of the tests' own, for every processor."""

import errno
import platform
import struct
from collections.abc import Callable

import pytest

from tests.evaluation.execution.sandbox.refused_calls import FORBIDDEN, MISSING, numbers
from valhub.evaluation.execution.sandbox import seccomp
from valhub.evaluation.execution.sandbox.interface import NoSandbox

ARCHES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# clone, socket, socketpair, ioctl, personality; then what every program needs: read, write, mmap,
# futex, execve, exit_group.
CALLS = {
    "x86_64": (56, 41, 53, 16, 135, (0, 1, 9, 202, 59, 231)),
    "aarch64": (220, 198, 199, 29, 92, (63, 64, 222, 98, 221, 94)),
}
ALLOW, KILL = "allow", "kill"
THREAD = 0x003D0F00
Decide = Callable[..., str | int]


def interpret(program: bytes, data: bytes) -> str | int:
    """Run a classic BPF program over one `struct seccomp_data`."""
    steps = list(struct.iter_unpack("<HBBI", program))
    place = accumulator = 0
    while True:
        code, on_true, on_false, value = steps[place]
        place += 1
        if code == 0x20:
            accumulator = struct.unpack_from("<I", data, value)[0]
        elif code == 0x06:
            return {0x7FFF0000: ALLOW, 0x80000000: KILL}.get(value, value & 0xFFFF)
        else:
            tests = {
                0x15: accumulator == value,
                0x35: accumulator >= value,
                0x45: bool(accumulator & value),
            }
            place += on_true if tests[code] else on_false


def packed(number: int, *arguments: int, arch: int = 0) -> bytes:
    """A `struct seccomp_data`; this machine's when no architecture is named."""
    six = [*arguments, *[0] * (6 - len(arguments))]
    return struct.pack("<IIQ6Q", number, arch or ARCHES[platform.machine()], 0, *six)


@pytest.fixture(params=ARCHES)
def machine(request, monkeypatch) -> str:
    monkeypatch.setattr(platform, "machine", lambda: request.param)
    return request.param


@pytest.fixture
def decide(machine) -> Decide:
    def decide(number: int, *arguments: int, loopback: bool = False, arch: int = 0) -> str | int:
        program = seccomp.filter_program(loopback=loopback)
        return interpret(program, packed(number, *arguments, arch=arch or ARCHES[machine]))

    return decide


def test_what_every_program_needs_is_allowed(machine, decide):
    clone, *_, needed = CALLS[machine]
    assert {decide(number) for number in needed} == {ALLOW}
    assert decide(clone, THREAD) == decide(clone, 17) == ALLOW


def test_exactly_the_calls_of_the_tests_own_lists_are_refused(machine, decide):
    answers = {number: decide(number) for number in range(463)}
    # What is decided by an argument is refused or allowed below.
    by_argument = set(CALLS[machine][1:3])
    refused = {n: error for n, error in answers.items() if error != ALLOW and n not in by_argument}
    assert refused == {
        **dict.fromkeys(numbers(FORBIDDEN, machine).values(), errno.EPERM),
        **dict.fromkeys(numbers(MISSING, machine).values(), errno.ENOSYS),
    }


@pytest.mark.parametrize("flag", [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000,
                                  0x20000000, 0x40000000])  # fmt: skip
def test_no_flag_of_clone_makes_a_namespace(machine, decide, flag):
    assert decide(CALLS[machine][0], THREAD | flag) == errno.EPERM


def test_clone3_and_what_is_newer_than_known_are_not_there(decide):
    assert decide(435) == errno.ENOSYS
    assert {decide(number) for number in (463, 500, 10_000, 0x3FFFFFFF)} == {errno.ENOSYS}
    assert decide(462) == ALLOW


def test_another_processors_calls_kill(machine, decide):
    others = {0x40000003, 0x40000028, *ARCHES.values()} - {ARCHES[machine]}
    assert {decide(0, arch=arch) for arch in others} == {KILL}


def test_the_x32_table_is_not_there(decide):
    assert decide(0x40000000 + 39) == errno.ENOSYS


def test_only_unix_sockets_open(machine, decide):
    for call in CALLS[machine][1:3]:
        allowed = [family for family in range(50) if decide(call, family) == ALLOW]
        assert allowed == [1]
        assert decide(call, 16) == errno.EAFNOSUPPORT


def test_loopback_adds_only_ip(machine, decide):
    call = CALLS[machine][1]
    assert [f for f in range(50) if decide(call, f, loopback=True) == ALLOW] == [1, 2, 10]


def test_high_words_that_the_kernel_ignores_hide_nothing(machine, decide):
    _, socket, _, ioctl, _, _ = CALLS[machine]
    assert decide(socket, (1 << 32) | 16) == errno.EAFNOSUPPORT
    assert decide(ioctl, 0, (1 << 32) | 0x5412) == errno.EPERM


def test_terminals_cannot_be_typed_into_nor_driven(machine, decide):
    ioctl = CALLS[machine][3]
    assert {decide(ioctl, 0, request) for request in (0x5412, 0x541C, 0x5423)} == {errno.EPERM}
    assert decide(ioctl, 0, 0x5413) == ALLOW


def test_only_the_plain_personality_is_allowed(machine, decide):
    call = CALLS[machine][4]
    assert decide(call, 0) == decide(call, 0xFFFFFFFF) == ALLOW
    assert decide(call, 0x0040000) == errno.EPERM


def test_control_a_filter_without_a_call_lets_it_pass(machine, decide, monkeypatch):
    monkeypatch.setitem(seccomp._NEW_DENIED, "io_uring_setup", 462)
    assert decide(425) == ALLOW


def test_an_unknown_processor_has_no_sandbox(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(NoSandbox, match=r"riscv64.*runs on aarch64 and x86_64"):
        seccomp.filter_program()
