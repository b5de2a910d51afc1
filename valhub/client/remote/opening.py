"""Which hub a command speaks to, and as whom."""

import os
from typing import TypeVar
from urllib.parse import urlsplit

from valhub.client.hubs.addresses import hub_address, is_private
from valhub.client.hubs.errors import SignInNeeded
from valhub.client.hubs.hub import Hub
from valhub.client.remote.logins import read_logins
from valhub.errors import MissingField

F = TypeVar("F")

HUB_SETTING = "VALHUB_HUB"
TOKEN_SETTING = "VALHUB_TOKEN"  # noqa: S105 - the name of a variable


def chosen_hub(option: str | None) -> str:
    """Choose a hub: that of the option, of VALHUB_HUB, or of the last login.

    Raises
    ------
    MissingField
        There is none of the three.
    """
    written = option or os.environ.get(HUB_SETTING, "").strip()
    if written:
        return hub_address(written)
    current = read_logins().current
    if current is None:
        raise MissingField(
            "Which hub? Sign in at one (valhub login --hub https://hub.example), or set "
            "VALHUB_HUB.",
            code="no-hub-chosen",
            field="hub",
        )
    return current


def token_for(hub: str) -> str | None:
    """Give the token of VALHUB_TOKEN, or that of the login at a hub; None without either."""
    given = os.environ.get(TOKEN_SETTING, "").strip()
    if given:
        return given
    login = read_logins().by_hub.get(hub)
    return login.token if login else None


def open_hub(option: str | None, *, anonymous: bool = False) -> Hub:
    """Open the chosen hub as whoever is signed in.

    Parameters
    ----------
    anonymous : bool
        Whether somebody who is not signed in gets an answer too.

    Raises
    ------
    SignInNeeded
    """
    address = chosen_hub(option)
    token = token_for(address)
    if token is None and not anonymous:
        raise _not_signed_in(address)
    return Hub(address, token)


def signed_in(found: F | None, hub: Hub) -> F:
    """Give what only somebody who is signed in gets.

    Raises
    ------
    SignInNeeded
        It is missing.
    """
    if found is None:
        raise _not_signed_in(hub.address)
    return found


def _not_signed_in(address: str) -> SignInNeeded:
    return SignInNeeded(
        f"You are not signed in at {address}. To sign in: valhub login --hub {address}"
    )


def privacy_note(hub: str) -> str:
    """Warn of a hub to which a token travels in the clear; empty where there is no need to."""
    if is_private(hub):
        return ""
    host = urlsplit(hub).hostname
    return f"Note: the connection to {host} is not encrypted, so others can read your token."
