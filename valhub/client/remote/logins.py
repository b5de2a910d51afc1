"""Logins: per hub a token, in a file that only its owner reads."""

import json
import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from valhub.errors import NotFound, ValhubError

FILE = "logins.json"


class UnusableLogins(ValhubError):
    """The file with your logins cannot be used."""

    code = "unusable-logins"


@dataclass(frozen=True)
class Login:
    """A token for a hub, and whose it is."""

    token: str
    username: str


@dataclass(frozen=True)
class Logins:
    """All logins by the address of their hub; `current` is the hub of the last one."""

    current: str | None = None
    by_hub: Mapping[str, Login] = field(default_factory=dict)


def logins_file() -> Path:
    """Say where they are stored: below the user's folder of settings."""
    configured = os.environ.get("XDG_CONFIG_HOME", "")
    folder = Path(configured) if Path(configured).is_absolute() else Path.home() / ".config"
    return folder / "valhub" / FILE


def read_logins() -> Logins:
    """Read the stored logins.

    Raises
    ------
    UnusableLogins
        The file is broken, or others can read it.
    """
    path = logins_file()
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Logins()
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableLogins(f"`{path}` cannot be read ({_reason(error)}). Remove it.") from error
    if stat.S_IMODE(mode) & 0o077:
        raise UnusableLogins(
            f"Others can read your tokens in `{path}`. Revoke them on the hub, then remove the "
            "file and sign in again: valhub login"
        )
    try:
        return _logins_of(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise UnusableLogins(
            f"`{path}` is broken. Remove it, then sign in again: valhub login"
        ) from None


def store_login(hub: str, login: Login) -> None:
    """Store the login for a hub, which becomes the current one."""
    stored = read_logins()
    _write(Logins(hub, {**stored.by_hub, hub: login}))


def remove_login(hub: str) -> Login:
    """Remove the login for a hub.

    Raises
    ------
    NotFound
        There is none.
    """
    stored = read_logins()
    left = dict(stored.by_hub)
    removed = left.pop(hub, None)
    if removed is None:
        raise NotFound(f"You are not signed in at {hub}.", code="no-such-login")
    current = next(iter(left), None) if stored.current == hub else stored.current
    _write(Logins(current, left))
    return removed


def _logins_of(document: dict[str, Any]) -> Logins:
    by_hub = {
        str(hub): Login(token=str(one["token"]), username=str(one["username"]))
        for hub, one in document["hubs"].items()
    }
    return Logins(document.get("current"), by_hub)


def _write(logins: Logins) -> None:
    """Write the file as a whole, so that a crash leaves the one before."""
    path = logins_file()
    hubs = {
        hub: {"token": one.token, "username": one.username} for hub, one in logins.by_hub.items()
    }
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # What `tempfile` makes is its owner's alone from the beginning.
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"current": logins.current, "hubs": hubs}, file, indent=2)
        Path(name).replace(path)
    except OSError as error:
        raise UnusableLogins(
            f"`{path}` cannot be written ({_reason(error)}). Make its folder writable, or use "
            "VALHUB_TOKEN."
        ) from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
