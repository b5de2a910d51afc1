"""How one attempt ended, as a word: `done`, or the name of the error that refused it."""

import ctypes
import errno

_LIBC = ctypes.CDLL(None, use_errno=True)


def outcome(action, *arguments):
    try:
        action(*arguments)
    except TimeoutError:
        return "timeout"
    except OSError as error:
        return _name(error.errno)
    return "done"


def system_call(number, *arguments):
    """Make a system call by its number, past every library."""
    if _LIBC.syscall(ctypes.c_long(number), *arguments) >= 0:
        return "done"
    return _name(ctypes.get_errno())


def _name(number):
    return errno.errorcode.get(number, str(number))
