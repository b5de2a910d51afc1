"""`valhub data`: downloads the public files of an analysis."""

from pathlib import Path

import click

from valhub.client.options import hub_option
from valhub.console import echo


@click.command(short_help="Download the public files of an analysis.")
@click.argument("analysis")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@hub_option
def data(analysis: str, folder: Path, hub: str | None) -> None:
    """Download the public files of ANALYSIS into FOLDER, as a package for `valhub run`."""
    from valhub.client.remote.opening import open_hub
    from valhub.client.remote.starters import save_data

    with open_hub(hub, anonymous=True) as opened:
        echo(f"The public files are in {save_data(opened.analysis(analysis), folder)}")
