"""`valhub show`: shows an analysis."""

from typing import TYPE_CHECKING

import click

from valhub.client.options import format_option, hub_option

if TYPE_CHECKING:
    from valhub.client.remote.formats import Format

USUAL = (
    "id", "name", "short_description", "state", "kind", "version", "function", "packages_until",
    "created_at", "final_part_revealed_at", "description", "dataset_description", "ruleset",
)  # fmt: skip


@click.command(short_help="Show an analysis.")
@click.argument("analysis")
@hub_option
@format_option
def show(analysis: str, hub: str | None, form: "Format") -> None:
    """Show ANALYSIS: its number, or its name."""
    from valhub.client.remote.formats import write_record
    from valhub.client.remote.opening import open_hub

    with open_hub(hub, anonymous=True) as opened:
        write_record(opened.analysis(analysis).details, form, usual=USUAL)
