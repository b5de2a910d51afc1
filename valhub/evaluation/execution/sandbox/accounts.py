"""The throw-away accounts that commands run as when this process is root."""

import os
from pathlib import Path

_ACCOUNTS = 64
_FIRST_ACCOUNT = 0x7000_0000
_KEEPING_ACCOUNT = _FIRST_ACCOUNT - 1


def account(number: int, *, keeps_files: bool) -> int:
    """User id that no other live sandbox of this machine has; a fixed one where files are kept.

    Parameters
    ----------
    number : int
        Which sandbox of this process it is for.
    """
    if keeps_files:
        return _KEEPING_ACCOUNT
    return _FIRST_ACCOUNT + os.getpid() * _ACCOUNTS + number % _ACCOUNTS


def hand_over(folder: Path, owner: int) -> None:
    """Give a writable folder to an account, with what earlier accounts left in it."""
    if folder.stat().st_uid == owner:
        return
    for place, _, names in os.walk(folder):
        os.chown(place, owner, owner)
        for name in names:
            os.chown(Path(place, name), owner, owner, follow_symlinks=False)
