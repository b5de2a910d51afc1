"""`valhub leaderboard`: shows the leaderboard of an analysis."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from valhub.client.options import format_option, hub_option, output_option

if TYPE_CHECKING:
    from valhub.client.remote.formats import Format


@click.command(short_help="Show the leaderboard of an analysis.")
@click.argument("analysis")
@output_option
@click.option("--column", metavar="NAME", help="Sort by this column.")
@click.option("--version", type=click.IntRange(min=1), help="Of this version of the analysis.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the best so many.")
@hub_option
@format_option
def leaderboard(
    analysis: str,
    output: Path | None,
    column: str | None,
    version: int | None,
    limit: int | None,
    hub: str | None,
    form: "Format",
) -> None:
    """Show the leaderboard of ANALYSIS, the best first."""
    from valhub.client.remote.boards import write_board
    from valhub.client.remote.opening import open_hub
    from valhub.client.remote.output_files import written_to

    with open_hub(hub, anonymous=True) as opened, written_to(output, form) as chosen:
        found = opened.analysis(analysis)
        write_board(found.leaderboard(column=column, version=version, limit=limit), chosen)
