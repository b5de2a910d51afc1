"""`valhub cancel`: ends a submission early."""

import click

from valhub.client.options import hub_option
from valhub.console import echo


@click.command(short_help="End a submission early.")
@click.argument("submission")
@hub_option
def cancel(submission: str, hub: str | None) -> None:
    """End SUBMISSION before all of its files are done."""
    from valhub.client.remote.opening import open_hub

    with open_hub(hub) as opened:
        echo(f"The submission is {opened.submission(submission).cancel().status}.")
