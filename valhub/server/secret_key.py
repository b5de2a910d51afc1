"""The key that signs sessions: made when it is first used, and stored with the data."""

import os
from contextlib import suppress
from functools import partial
from pathlib import Path

from django.core.management.utils import get_random_secret_key
from django.utils.functional import SimpleLazyObject


def stored_secret_key(folder: Path) -> "SimpleLazyObject[str]":
    """Stand for the key in `folder/secret-key`, which is read, or made, when somebody uses it.

    So a command that signs nothing can read the settings anywhere and leaves nothing behind.
    """
    return SimpleLazyObject(partial(_read_or_make, folder / "secret-key"))


def _read_or_make(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(path)
    return path.read_text()


def _make(path: Path) -> None:
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(get_random_secret_key())
    # Another process may have been first: then its key is the one.
    with suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()
