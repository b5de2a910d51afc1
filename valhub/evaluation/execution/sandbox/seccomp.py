"""The system-call filter, as a classic BPF program.

Namespaces hide files, processes and networks; they do not hide the kernel. The filter takes away
the calls that reach other kernel machinery: sockets other than Unix ones, io_uring, keyrings, BPF,
tracing, mounting, nested namespaces, foreign call tables. What is newer than the newest call known
here answers "not implemented", as on an older kernel.
"""

import errno
import platform
import struct
from dataclasses import dataclass

from valhub.evaluation.execution.sandbox.interface import NoSandbox

_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_ANY_BIT = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K

_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_FAIL = 0x00050000

# Offsets in struct seccomp_data.
_NUMBER, _ARCH = 0, 4

_NEW_NAMESPACES = 0x7E020080  # CLONE_NEW{TIME,NS,CGROUP,UTS,IPC,USER,PID,NET}
_AF_UNIX, _AF_INET, _AF_INET6 = 1, 2, 10
# Typing into a terminal, and giving a terminal another driver.
_TIOCSTI, _TIOCLINUX, _TIOCSETD = 0x5412, 0x541C, 0x5423
_NEWEST_CALL = 462  # mseal, Linux 6.10

# Numbers shared by all architectures since they were unified at 424.
_NEW_DENIED = {
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "pidfd_getfd": 438,
    "process_madvise": 440,
    "mount_setattr": 442,
    "quotactl_fd": 443,
    "process_mrelease": 448,
    "statmount": 457,
    "listmount": 458,
}
_CLONE3 = 435
_MEMFD_SECRET = 447


@dataclass(frozen=True)
class _Machine:
    """Call numbers of one processor architecture."""

    arch: int
    foreign_from: int | None
    socket: int
    socketpair: int
    ioctl: int
    clone: int
    personality: int
    uncounted: tuple[int, ...]  # memfd_create, shmget, msgget
    denied: dict[str, int]


_X86_64 = _Machine(
    arch=0xC000003E,
    foreign_from=0x40000000,  # the x32 table
    socket=41,
    socketpair=53,
    ioctl=16,
    clone=56,
    personality=135,
    uncounted=(319, 29, 68),
    denied={
        "ptrace": 101,
        "syslog": 103,
        "vhangup": 153,
        "modify_ldt": 154,
        "pivot_root": 155,
        "_sysctl": 156,
        "adjtimex": 159,
        "chroot": 161,
        "acct": 163,
        "settimeofday": 164,
        "mount": 165,
        "umount2": 166,
        "swapon": 167,
        "swapoff": 168,
        "reboot": 169,
        "sethostname": 170,
        "setdomainname": 171,
        "iopl": 172,
        "ioperm": 173,
        "init_module": 175,
        "delete_module": 176,
        "quotactl": 179,
        "lookup_dcookie": 212,
        "clock_settime": 227,
        "mbind": 237,
        "set_mempolicy": 238,
        "kexec_load": 246,
        "add_key": 248,
        "request_key": 249,
        "keyctl": 250,
        "migrate_pages": 256,
        "unshare": 272,
        "vmsplice": 278,
        "move_pages": 279,
        "perf_event_open": 298,
        "fanotify_init": 300,
        "name_to_handle_at": 303,
        "open_by_handle_at": 304,
        "clock_adjtime": 305,
        "setns": 308,
        "process_vm_readv": 310,
        "process_vm_writev": 311,
        "kcmp": 312,
        "finit_module": 313,
        "kexec_file_load": 320,
        "bpf": 321,
        "userfaultfd": 323,
    },
)

_AARCH64 = _Machine(
    arch=0xC00000B7,
    foreign_from=None,
    socket=198,
    socketpair=199,
    ioctl=29,
    clone=220,
    personality=92,
    uncounted=(279, 194, 186),
    denied={
        "lookup_dcookie": 18,
        "umount2": 39,
        "mount": 40,
        "pivot_root": 41,
        "chroot": 51,
        "vhangup": 58,
        "quotactl": 60,
        "vmsplice": 75,
        "acct": 89,
        "unshare": 97,
        "kexec_load": 104,
        "init_module": 105,
        "delete_module": 106,
        "clock_settime": 112,
        "syslog": 116,
        "ptrace": 117,
        "reboot": 142,
        "sethostname": 161,
        "setdomainname": 162,
        "settimeofday": 170,
        "adjtimex": 171,
        "add_key": 217,
        "request_key": 218,
        "keyctl": 219,
        "swapon": 224,
        "swapoff": 225,
        "mbind": 235,
        "set_mempolicy": 237,
        "migrate_pages": 238,
        "move_pages": 239,
        "perf_event_open": 241,
        "fanotify_init": 262,
        "name_to_handle_at": 264,
        "open_by_handle_at": 265,
        "clock_adjtime": 266,
        "setns": 268,
        "process_vm_readv": 270,
        "process_vm_writev": 271,
        "kcmp": 272,
        "finit_module": 273,
        "bpf": 280,
        "userfaultfd": 282,
        "kexec_file_load": 294,
    },
)

_MACHINES = {"x86_64": _X86_64, "aarch64": _AARCH64}


def filter_program(*, loopback: bool = False) -> bytes:
    """Build the filter for this machine's processor.

    Parameters
    ----------
    loopback : bool
        Allow IPv4 and IPv6 sockets too, for a sandbox whose own loopback is of use.

    Returns
    -------
    bytes
        An array of `struct sock_filter`.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        known = " and ".join(sorted(_MACHINES))
        raise NoSandbox(
            f"The sandbox has no system-call filter for {platform.machine()} processors; "
            f"it runs on {known}."
        )
    families = [_AF_UNIX, *([_AF_INET, _AF_INET6] if loopback else [])]
    program = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, machine.arch),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine.foreign_from is not None:
        program += _when(_AT_LEAST, machine.foreign_from, errno.ENOSYS)
    for number in (*machine.denied.values(), *_NEW_DENIED.values()):
        program += _when(_EQUAL, number, errno.EPERM)
    # glibc falls back from clone3 to clone, whose flags a filter can read.
    program += _when(_EQUAL, _CLONE3, errno.ENOSYS)
    # Memory that belongs to no process escapes sampling; programs do without it.
    for number in (*machine.uncounted, _MEMFD_SECRET):
        program += _when(_EQUAL, number, errno.ENOSYS)
    program += _when(_AT_LEAST, _NEWEST_CALL + 1, errno.ENOSYS)
    program += _argument(machine.clone, 0, _refuse(_ANY_BIT, [_NEW_NAMESPACES]))
    program += _argument(machine.ioctl, 1, _refuse(_EQUAL, [_TIOCSTI, _TIOCLINUX, _TIOCSETD]))
    program += _argument(machine.personality, 0, _only([0, 0xFFFFFFFF], errno.EPERM))
    for call in (machine.socket, machine.socketpair):
        program += _argument(call, 0, _only(families, errno.EAFNOSUPPORT))
    program.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)


_Instruction = tuple[int, int, int, int]


def _when(test: int, number: int, error: int) -> list[_Instruction]:
    return [(test, 0, 1, number), (_RETURN, 0, 0, _FAIL | error)]


def _refuse(test: int, values: list[int]) -> list[_Instruction]:
    return [
        *(step for value in values for step in _when(test, value, errno.EPERM)),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _only(values: list[int], error: int) -> list[_Instruction]:
    allow = (_RETURN, 0, 0, _ALLOW)
    allowed = [step for value in values for step in ((_EQUAL, 0, 1, value), allow)]
    return [*allowed, (_RETURN, 0, 0, _FAIL | error)]


def _argument(call: int, position: int, then: list[_Instruction]) -> list[_Instruction]:
    """For one call, decide by the low word of one argument; `then` always returns."""
    load = (_LOAD, 0, 0, 16 + 8 * position)
    return [(_EQUAL, 0, len(then) + 1, call), load, *then]
