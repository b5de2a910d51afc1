"""Enters the kernel by its other doors on x86_64: the i386 table by `int 0x80`, and x32."""

import ctypes
import mmap
import os
import signal

from attempts import system_call

# mov eax, 20 (getpid of i386); int 0x80; ret
_I386_GETPID = b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"
_X32 = 0x40000000


def attack():
    child = os.fork()
    if child == 0:
        os._exit(0 if _i386_getpid() > 0 else 1)
    _, status = os.waitpid(child, 0)
    ended_by = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else ""
    return {"i386": ended_by or os.WEXITSTATUS(status), "x32": system_call(_X32 + 39)}


def _i386_getpid():
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(_I386_GETPID)
    address = ctypes.addressof(ctypes.c_char.from_buffer(code))
    return ctypes.CFUNCTYPE(ctypes.c_int)(address)()
