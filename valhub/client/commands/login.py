"""`valhub login`: signs in at a hub."""

import click

from valhub.client.options import hub_option
from valhub.console import echo


@click.command(short_help="Sign in at a hub.")
@hub_option
@click.option("--token-stdin", is_flag=True, help="Read the token from standard input.")
def login(hub: str | None, *, token_stdin: bool) -> None:
    """Sign in at a hub with a token, and remember it.

    The token is stored in your folder of settings, in a file that only you can read. Where nothing
    should be stored, set VALHUB_TOKEN instead.
    """
    from valhub.client.remote.signing_in import read_token, sign_in

    echo(sign_in(hub, read_token(from_stdin=token_stdin)))
