"""`valhub rerun`: evaluates a submission once more."""

import click

from valhub.client.options import hub_option
from valhub.console import echo


@click.command(short_help="Evaluate a submission once more.")
@click.argument("submission")
@hub_option
def rerun(submission: str, hub: str | None) -> None:
    """Evaluate SUBMISSION once more, on the analysis' current version."""
    from valhub.client.remote.opening import open_hub

    with open_hub(hub) as opened:
        after = opened.submission(submission).rerun()
        echo(f"The submission is {after.status}: run {after.run}.")
