"""`valhub submissions`: lists submissions."""

from typing import TYPE_CHECKING

import click

from valhub.client.options import format_option, hub_option

if TYPE_CHECKING:
    from valhub.client.remote.formats import Format

USUAL = ("id", "analysis", "display_name", "status", "submitted_at", "result.verdict")


@click.command(short_help="List your submissions.")
@click.option("--analysis", help="Those to this analysis; everybody's, if it is yours.")
@click.option("--status", help="Only those with this status, such as running.")
@click.option("--archived", is_flag=True, help="Those in the archive.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@hub_option
@format_option
def submissions(
    analysis: str | None,
    status: str | None,
    limit: int | None,
    hub: str | None,
    form: "Format",
    *,
    archived: bool,
) -> None:
    """List your submissions, the newest first."""
    from valhub.client.remote.formats import write_records
    from valhub.client.remote.opening import open_hub

    with open_hub(hub) as opened:
        if analysis is None:
            found = opened.submissions(status=status, archived=archived, limit=limit)
        else:
            to = opened.analysis(analysis)
            found = to.submissions(status=status, archived=archived, limit=limit)
        write_records(found, form, usual=USUAL, title="submissions")
