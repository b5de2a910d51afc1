"""`valhub logout`: forgets the login at a hub."""

import click

from valhub.client.options import hub_option
from valhub.console import echo


@click.command(short_help="Forget the login at a hub.")
@hub_option
def logout(hub: str | None) -> None:
    """Remove the stored token of a hub."""
    from valhub.client.remote.signing_in import sign_out

    echo(sign_out(hub))
