"""The key that signs sessions: made when it is first used, and stored with the data."""

import os
import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.functional import SimpleLazyObject


def stored_secret_key(folder: Path) -> "SimpleLazyObject[str]":
    """Stand for the key in `folder/secret-key`, which is read, or made, when somebody uses it.

    So a command that signs nothing can read the settings anywhere and leaves nothing behind.
    """
    return SimpleLazyObject(partial(_read_or_make, folder / "secret-key"))


def _read_or_make(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(path)
    key = path.read_text()
    if not key:
        raise ImproperlyConfigured(
            f"{path} is empty, so nothing can be signed. Remove it, and the hub makes a new key: "
            "everybody has to sign in again. Or restore it from a backup."
        )
    return key


def _make(path: Path) -> None:
    # A name and a file of its own, for the owner alone, whoever else makes a key at this moment.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    fresh = Path(name)
    with open(descriptor, "w") as file:  # noqa: PTH123 - opened by its descriptor
        file.write(get_random_secret_key())
        file.flush()
        os.fsync(file.fileno())
    # Another process or thread may have been first: then its key is the one.
    with suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()
