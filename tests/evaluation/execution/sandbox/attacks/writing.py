"""Writes, renames, removes and remounts where it may not."""

import ctypes
import os
import stat
from pathlib import Path

from attempts import outcome

_LIBC = ctypes.CDLL(None, use_errno=True)
_MS_REMOUNT, _MS_BIND = 32, 4096
_LINK = Path("/tmp/link")
_PLACES = ("", "/usr", "/etc", "/dev", "/algorithm", "/algorithm/submission", "/valhub", "/proc")
_KERNEL = ("/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches", "/proc/sysrq-trigger")


def attack():
    own = "/algorithm/submission/honest.py"
    return {
        **{f"write {place}/": outcome(_write, f"{place}/planted") for place in _PLACES},
        **{f"open {path}": outcome(_write, path) for path in _KERNEL},
        "write passwd": outcome(_write, "/etc/passwd"),
        "write through a link": outcome(_write_through_link, "/algorithm/submission/planted"),
        "chmod": outcome(os.chmod, own, 0o777),
        "utime": outcome(os.utime, own),
        "rename": outcome(os.rename, own, "/algorithm/submission/renamed.py"),
        "unlink": outcome(os.unlink, own),
        "mkdir": outcome(os.mkdir, "/made"),
        "mknod": outcome(os.mknod, "/tmp/disk", stat.S_IFBLK | 0o600, os.makedev(254, 0)),
        "remount": outcome(_remount, "/algorithm/submission"),
    }


def _write(path):
    with Path(path).open("wb") as file:
        file.write(b"planted")


def _write_through_link(path):
    _LINK.symlink_to(path)
    try:
        _write(_LINK)
    finally:
        _LINK.unlink()


def _remount(path):
    if _LIBC.mount(None, path.encode(), None, _MS_REMOUNT | _MS_BIND, None) != 0:
        raise OSError(ctypes.get_errno(), "mount")
