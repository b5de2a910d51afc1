"""The system-call filter as an OCI seccomp profile, from the same policy as bubblewrap's.

A profile names calls where the policy numbers them, so the names come from the library that the
runtime itself reads profiles with. All calls that are known and not refused are listed; whatever is
not listed is not there. A profile compares arguments whole or by a mask, one comparison a rule, so
"all but these values" is written as the masks that cover the rest.
"""

import ctypes
import errno
import json
import platform
from collections.abc import Callable, Iterator
from typing import Any

from valhub.evaluation.execution.sandbox.interface import NoSandbox
from valhub.evaluation.execution.sandbox.seccomp import Condition, Policy, policy

_LIBRARY = "libseccomp.so.2"
_NATIVE = 0
_LOW_WORD = 0xFFFFFFFF
_ARCHITECTURES = {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}
# A test of the low word: what is left under the mask, and what that must be.
_Masked = tuple[int, int]


def seccomp_profile(*, loopback: bool = False) -> bytes:
    """Write the profile for this machine's processor.

    Parameters
    ----------
    loopback : bool
        As for `seccomp.policy`.

    Raises
    ------
    NoSandbox
        When the processor or the library is unknown; says which.
    """
    rules = policy(loopback=loopback)
    return json.dumps(
        {
            "defaultAction": "SCMP_ACT_ERRNO",
            "defaultErrnoRet": errno.ENOSYS,
            "architectures": [_ARCHITECTURES[platform.machine()]],
            "syscalls": list(_listed(rules, call_names())),
        }
    ).encode()


def call_names() -> Callable[[int], str | None]:
    """Return what tells the name of a call by its number, or None for one it does not know."""
    try:
        library = ctypes.CDLL(_LIBRARY)
        free = ctypes.CDLL(None).free
    except OSError as error:
        raise NoSandbox(
            f"The sandbox needs {_LIBRARY} for its system-call filter, which cannot be loaded. "
            "Install the Debian package libseccomp2."
        ) from error
    resolve = library.seccomp_syscall_resolve_num_arch
    resolve.restype, resolve.argtypes = ctypes.c_void_p, (ctypes.c_uint32, ctypes.c_int)
    free.argtypes = (ctypes.c_void_p,)

    def name(number: int) -> str | None:
        text = resolve(_NATIVE, number)
        if not text:
            return None
        try:
            return ctypes.string_at(text).decode()
        finally:
            free(text)

    return name


def _listed(rules: Policy, name: Callable[[int], str | None]) -> Iterator[dict[str, Any]]:
    conditional = {condition.call for condition in rules.conditions}
    known = {number: text for number in range(rules.newest + 1) if (text := name(number))}
    plain = known.keys() - conditional - rules.refused.keys()
    yield _entry([known[number] for number in sorted(plain)], 0)
    # What is refused as not being there is so by not being listed.
    denied = [number for number, error in rules.refused.items() if error != errno.ENOSYS]
    for error in sorted({rules.refused[number] for number in denied}):
        numbers = [number for number in denied if rules.refused[number] == error]
        yield _entry([known[number] for number in numbers if number in known], error)
    for condition in rules.conditions:
        for error, mask, value in _decided(condition):
            test = {"index": condition.position, "value": mask, "valueTwo": value}
            yield _entry([known[condition.call]], error, {**test, "op": "SCMP_CMP_MASKED_EQ"})


def _entry(names: list[str], error: int, *tests: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"action": "SCMP_ACT_ALLOW"}
    if error:
        answer = {"action": "SCMP_ACT_ERRNO", "errnoRet": error}
    return {"names": names, **answer, "args": list(tests)}


def _decided(condition: Condition) -> Iterator[tuple[int, int, int]]:
    """Error (0 to allow), mask and value: tests of which exactly one is true of any argument."""
    if condition.rule == "no bit":
        (bits,) = condition.values
        yield 0, bits, 0
        for bit in _bits(bits):
            yield condition.error, bits & (2 * bit - 1), bit
        return
    on_match, otherwise = (0, condition.error) if condition.rule == "only" else (condition.error, 0)
    for value in condition.values:
        yield on_match, _LOW_WORD, value
    for mask, value in _all_but(frozenset(condition.values)):
        yield otherwise, mask, value


def _bits(number: int) -> Iterator[int]:
    return (1 << place for place in range(32) if number & 1 << place)


def _all_but(values: frozenset[int], bit: int = 1 << 31, mask: int = 0) -> Iterator[_Masked]:
    """Masks that cover all numbers but these values, which are alike under `mask`."""
    for side in (0, bit):
        here = frozenset(value for value in values if value & bit == side)
        if not here:
            alike = next(iter(values)) & mask
            yield mask | bit, alike | side
        elif bit > 1:
            yield from _all_but(here, bit >> 1, mask | bit)
