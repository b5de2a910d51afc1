"""Signing in with a token, and forgetting it."""

import sys

import click

from valhub.client.hubs.connections import checked_token
from valhub.client.hubs.hub import Hub
from valhub.client.remote.logins import Login, logins_file, remove_login, store_login
from valhub.client.remote.opening import chosen_hub, privacy_note


def read_token(*, from_stdin: bool) -> str:
    """Read a token from standard input, or ask for it without showing it."""
    if from_stdin:
        return checked_token(sys.stdin.readline())
    return checked_token(click.prompt("Token", hide_input=True, err=True))


def sign_in(option: str | None, token: str) -> str:
    """Try a token, and store it; gives a sentence.

    Raises
    ------
    SignInNeeded
        The hub does not accept it; then nothing is stored.
    """
    address = chosen_hub(option)
    with Hub(address, token) as hub:
        account = hub.me()
    store_login(address, Login(token, account.username))
    said = f"You are signed in at {address} as {account.username}."
    stored = f"The token is stored in {logins_file()}."
    return "\n".join(filter(None, [f"{said} {stored}", privacy_note(address)]))


def sign_out(option: str | None) -> str:
    """Forget the login at a hub; gives a sentence."""
    address = chosen_hub(option)
    removed = remove_login(address)
    return (
        f"The token of {removed.username} at {address} is removed from this machine. It still "
        f"works elsewhere; revoke it on the hub if nobody needs it."
    )
