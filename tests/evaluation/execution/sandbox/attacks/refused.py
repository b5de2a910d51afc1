"""Finds out whether a filter refuses system calls, without ever making one of them for real.

Each call is made under one more filter, of the attack's own, that answers it with ENOSYS: to be
traced by nobody. The kernel then never gets to see the call, so that none can do harm and the
kernel's own permissions say nothing. A filter's refusal weighs more than the wish to be traced, so
any other error than ENOSYS is the answer of a filter that was there before.
"""

import ctypes
import os
import struct

from attempts import system_call

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _FILTER = 22, 38, 2
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_TRACE, _ALLOW = 0x7FF00000, 0x7FFF0000


def attack(calls):
    """Make each of many calls, a number and arguments; return how each ended."""
    return [_in_child(number, arguments) for number, *arguments in calls]


def _in_child(number, arguments):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _never_reach_the_kernel(number)
        word = system_call(number, *map(ctypes.c_long, arguments))
        os.write(writing, word.encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    word = os.read(reading, 64).decode()
    os.close(reading)
    return word


def _never_reach_the_kernel(number):
    steps = [(_LOAD, 0, 0, 0), (_EQUAL, 0, 1, number), (_RETURN, 0, 0, _TRACE)]
    steps.append((_RETURN, 0, 0, _ALLOW))
    program = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *one) for one in steps))
    described = struct.pack("@HP", len(steps), ctypes.addressof(program))
    _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if _LIBC.prctl(_PR_SET_SECCOMP, _FILTER, described, 0, 0):
        os._exit(1)  # The test then reads an empty word, which no list has.
