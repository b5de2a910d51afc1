"""Lets root run a command as a plain user who can read this checkout and its Python.

The interpreter may lie in root's home, which nobody else may enter. In a mount namespace of its own
the command sees an empty home there, with nothing but the interpreter in it.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

UID = 54321

_SHOW_INTERPRETER_ONLY = """
home=$1 prefix=$2; shift 2
hold=$(mktemp -d)
mount --bind "$prefix" "$hold" && mount -t tmpfs -o mode=0755 home "$home" &&
mkdir -p "$prefix" && mount --bind "$hold" "$prefix" && umount "$hold" && rmdir "$hold" || exit 125
exec "$@"
"""


def as_plain_user(command: Sequence[str]) -> list[str]:
    """Wrap a command, so that root's start of it is the plain user's."""
    drop = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "--", *command]
    prefix, home = Path(sys.base_prefix), Path("/root")
    if not prefix.is_relative_to(home):
        return drop
    private = ["unshare", "--mount", "--propagation", "private"]
    return [*private, "sh", "-c", _SHOW_INTERPRETER_ONLY, "sh", str(home), str(prefix), *drop]


@contextmanager
def plain_folder() -> Iterator[Path]:
    """Make a folder that belongs to the plain user."""
    folder = Path(tempfile.mkdtemp(prefix="plain-account-"))
    try:
        os.chown(folder, UID, UID)
        yield folder
    finally:
        shutil.rmtree(folder)
