"""Makes system calls that reach other parts of the kernel, each with arguments that do no harm.

Some would succeed; the others are wrong on purpose, in a way the kernel notices before it looks at
permissions: so what refuses them shows by the error.
"""

import ctypes
import os
import signal

from attempts import system_call

_NEW_USER = 0x10000000
# Number on x86_64, number on aarch64, arguments.
CALLS = {
    "io_uring_setup": (425, 425, (0, None)),
    "add_key": (248, 217, (None, None, None, 0, 0)),
    "keyctl": (250, 219, (0, -3, 0)),
    "unshare": (272, 97, (_NEW_USER,)),
    "clone": (56, 220, (_NEW_USER | signal.SIGCHLD, None, None, None, None)),
    "bpf": (321, 280, (0, None, 1 << 20)),
    "perf_event_open": (298, 241, (None, 0, -1, -1, 0)),
    "userfaultfd": (323, 282, (1,)),
    "personality": (135, 92, (0x0040000,)),
    "ptrace": (101, 117, (0, 0, None, None)),
    "process_vm_readv": (310, 270, (os.getpid(), None, 0, None, 0, 0)),
    "process_vm_writev": (311, 271, (os.getpid(), None, 0, None, 0, 0)),
    "memfd_create": (319, 279, (b"memory", 0)),
    "shmget": (29, 194, (0, 4096, 0o600)),
    "msgget": (68, 186, (0, 0o600)),
    "memfd_secret": (447, 447, (0,)),
    "clone3": (435, 435, (None, 0)),
    "open_tree": (428, 428, (-100, b"/", 0)),
    "pidfd_getfd": (438, 438, (-1, 0, 0)),
}


def attack():
    column = ("x86_64", "aarch64").index(os.uname().machine)
    return {name: _in_child(call[column], call[2]) for name, call in CALLS.items()}


def _in_child(number, arguments):
    """Make the call in a process of its own, which may change or double itself by it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, system_call(number, *map(_word, arguments)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    word = os.read(reading, 64).decode()
    os.close(reading)
    os.close(writing)
    return word


def _word(argument):
    return ctypes.c_long(argument) if isinstance(argument, int) else argument
