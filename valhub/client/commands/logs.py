"""`valhub logs`: shows what happened to a submission."""

import click

from valhub.client.options import hub_option


@click.command(short_help="Show what happened to a submission.")
@click.argument("submission")
@click.option("-f", "--follow", is_flag=True, help="Go on until the submission has ended.")
@hub_option
def logs(submission: str, hub: str | None, *, follow: bool) -> None:
    """Show what happened to SUBMISSION, the oldest first."""
    from valhub.client.remote.event_log import write_events
    from valhub.client.remote.opening import open_hub

    with open_hub(hub) as opened:
        write_events(opened.submission(submission), follow=follow)
