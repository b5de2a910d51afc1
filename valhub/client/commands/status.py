"""`valhub status`: shows how a submission is."""

from typing import TYPE_CHECKING

import click

from valhub.client.options import format_option, hub_option, wait_option

if TYPE_CHECKING:
    from valhub.client.remote.formats import Format


@click.command(short_help="Show how a submission is.")
@click.argument("submission")
@wait_option
@hub_option
@format_option
def status(submission: str, wait: float | None, hub: str | None, form: "Format") -> None:
    """Show how SUBMISSION is; with --wait, once it has ended."""
    from valhub.client.remote.submitting import show_status

    click.get_current_context().exit(show_status(submission, wait_s=wait, hub=hub, form=form))
