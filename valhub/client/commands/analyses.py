"""`valhub analyses`: lists the analyses of a hub."""

from typing import TYPE_CHECKING

import click

from valhub.client.options import format_option, hub_option

if TYPE_CHECKING:
    from valhub.client.remote.formats import Format

USUAL = ("id", "name", "state", "kind", "version", "short_description")


@click.command(short_help="List the analyses of a hub.")
@click.option("--text", metavar="WORDS", help="Only those with these words.")
@click.option("--state", help="Only those in this state, such as published.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@hub_option
@format_option
def analyses(
    text: str | None, state: str | None, limit: int | None, hub: str | None, form: "Format"
) -> None:
    """List the analyses that you may see, the newest first."""
    from valhub.client.remote.formats import write_records
    from valhub.client.remote.opening import open_hub

    with open_hub(hub, anonymous=True) as opened:
        found = opened.analyses(text=text, state=state, limit=limit)
        write_records(found, form, usual=USUAL, title="analyses")
