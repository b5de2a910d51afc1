"""`valhub init`: writes a folder to begin from."""

from pathlib import Path

import click

from valhub.client.options import hub_option
from valhub.console import echo


@click.command(short_help="Write a folder to begin from.")
@click.argument("analysis")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@hub_option
def init(analysis: str, folder: Path | None, hub: str | None) -> None:
    """Write an algorithm for ANALYSIS that answers as it is, with the public files to try it on.

    FOLDER is new or empty; by default it has the analysis' name.
    """
    from valhub.client.remote.opening import open_hub
    from valhub.client.remote.starters import write_starter

    with open_hub(hub, anonymous=True) as opened:
        echo(write_starter(opened.analysis(analysis), folder))
