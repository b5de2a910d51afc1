"""`valhub quota`: shows how many more runs an account may start."""

from typing import TYPE_CHECKING

import click

from valhub.client.options import format_option, hub_option

if TYPE_CHECKING:
    from valhub.client.remote.formats import Format

USUAL = ("today", "in_all", "at_once", "in_vain", "next_at")


@click.command(short_help="Show what is left of your quota.")
@click.argument("analysis")
@hub_option
@format_option
def quota(analysis: str, hub: str | None, form: "Format") -> None:
    """Show how many more runs you may start on ANALYSIS."""
    from valhub.client.remote.formats import write_record
    from valhub.client.remote.opening import open_hub, signed_in

    with open_hub(hub) as opened:
        left = opened.analysis(analysis).details.quota
        write_record(signed_in(left, opened), form, usual=USUAL)
