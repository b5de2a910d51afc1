"""The canary's inside: tries what no sandbox may allow, and prints what it could do as JSON.

Runs in the sandbox under any Python, on the standard library alone. Arguments: a secret file, a TCP
port and an abstract Unix socket of the host, the name of a variable of the host's environment, the
descriptor it may have, the limit of processes.
"""

import ctypes
import json
import os
import socket
import sys
import time
from typing import Any, Callable

_NEW_USER_NAMESPACE = 0x10000000
_AF_VSOCK = 40
_PTRACE = {"x86_64": 101, "aarch64": 117}


def _succeeds(action: Callable[..., object], *arguments: object) -> bool:
    try:
        action(*arguments)
    except OSError:
        return False
    return True


def _connects(family: int, address: Any) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(2)
        sock.connect(address)


def _environment_shows(name: str) -> bool:
    for process in ("self", "1"):
        try:
            with open(f"/proc/{process}/environ", "rb") as file:
                shown = file.read()
        except PermissionError:
            continue  # What cannot be read shows nothing.
        if name.encode() in shown:
            return True
    return name in os.environ


def _leaked_descriptors(allowed: int) -> list[int]:
    with os.scandir("/proc/self/fd") as entries:
        numbers = {int(entry.name) for entry in entries}
    own = {number for number in numbers if not _succeeds(os.fstat, number)}
    return sorted(numbers - own - {0, 1, 2, allowed})


def _forks_past(limit: int) -> bool:
    children: list[int] = []
    try:
        for _ in range(limit + 1):
            child = os.fork()
            if child == 0:
                time.sleep(60)
                os._exit(0)
            children.append(child)
    except OSError:
        return False
    finally:
        for child in children:
            os.kill(child, 9)
            os.waitpid(child, 0)
    return True


def _unshares_user() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.unshare(_NEW_USER_NAMESPACE) == 0)


def _traces() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.syscall(_PTRACE[os.uname().machine], 0, 0, 0, 0) == 0)


def _leave_daemon() -> None:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(60)
        os._exit(0)


def main(
    secret: str, port: str, unix_name: str, variable: str, descriptor: str, limit: str
) -> None:
    holes = {
        "reads a file of this machine": _succeeds(open, secret),
        "reaches this machine's network": _succeeds(
            _connects, socket.AF_INET, ("127.0.0.1", int(port))
        ),
        "reaches this machine's Unix sockets": _succeeds(
            _connects, socket.AF_UNIX, "\0" + unix_name
        ),
        "opens a socket to the virtual machine's host": _succeeds(
            socket.socket, _AF_VSOCK, socket.SOCK_STREAM
        ),
        "sees the environment of this process": _environment_shows(variable),
        "inherits open files": bool(_leaked_descriptors(int(descriptor))),
        "starts processes without limit": _forks_past(int(limit)),
        "makes namespaces of its own": _unshares_user(),
        "traces processes": _traces(),
        "writes outside its temporary folders": _succeeds(open, "/valhub-canary", "w"),
    }
    print(json.dumps([hole for hole, open_ in holes.items() if open_]), flush=True)
    _leave_daemon()


if __name__ == "__main__":
    main(*sys.argv[1:])
