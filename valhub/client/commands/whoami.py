"""`valhub whoami`: shows who is signed in."""

from typing import TYPE_CHECKING

import click

from valhub.client.options import format_option, hub_option

if TYPE_CHECKING:
    from valhub.client.remote.formats import Format

USUAL = ("username", "email", "may_publish", "is_staff", "registered_at")


@click.command(short_help="Show who is signed in.")
@hub_option
@format_option
def whoami(hub: str | None, form: "Format") -> None:
    """Show the account that is signed in at a hub."""
    from valhub.client.remote.formats import write_record
    from valhub.client.remote.opening import open_hub

    with open_hub(hub) as opened:
        write_record(opened.me(), form, usual=USUAL)
