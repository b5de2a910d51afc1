"""Lock files that are removed after use, and by others when their process died.

The kernel releases a dead process' lock but leaves its file. Whoever waited for a lock therefore
checks that its file still exists.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path


@contextmanager
def lock_file(path: Path) -> Iterator[None]:
    """Hold a lock inside the block, waiting for it, and remove its file at the end.

    Parameters
    ----------
    path : Path
        The lock's file; made when missing.
    """
    while (lock := _lock(path, fcntl.LOCK_EX)) is None:
        pass  # Its last holder removed the file while this process waited for it.
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(lock)


def remove_abandoned_locks(folder: Path) -> None:
    """Remove the lock files `.*.lock` of dead processes.

    Earlier versions left a `.*.partial` folder beside them, which goes too.
    """
    for path in folder.glob(".*.lock"):
        with suppress(PermissionError):  # Another user's.
            lock = _lock(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if lock is not None:
                shutil.rmtree(path.with_suffix(".partial"), ignore_errors=True)
                path.unlink(missing_ok=True)
                os.close(lock)


def _lock(path: Path, how: int) -> int | None:
    """Lock a file, made when missing; None when it was removed meanwhile, or others hold it."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    with ExitStack() as undo:
        undo.callback(os.close, lock)
        with suppress(BlockingIOError, FileNotFoundError):
            fcntl.flock(lock, how)
            if os.path.samestat(os.fstat(lock), path.stat()):
                undo.pop_all()
                return lock
    return None
