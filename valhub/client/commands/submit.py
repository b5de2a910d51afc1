"""`valhub submit`: submits an algorithm."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from valhub.client.exit_codes import exit_code_help
from valhub.client.options import format_option, hub_option, wait_option

if TYPE_CHECKING:
    from valhub.client.remote.formats import Format


@click.command(short_help="Submit an algorithm.", epilog=exit_code_help())
@click.argument("analysis")
@click.argument("algorithm", type=click.Path(path_type=Path))
@wait_option
@click.option("--name", default="", help="How the leaderboard calls it.")
@hub_option
@format_option
def submit(
    analysis: str,
    algorithm: Path,
    wait: float | None,
    name: str,
    hub: str | None,
    form: "Format",
) -> None:
    """Submit ALGORITHM, a .zip or a folder, to ANALYSIS.

    It is checked here first, with the hub's own code, so that nothing is sent that the hub would
    refuse. With --wait the exit code says how it ended.
    """
    from valhub.client.remote.submitting import Wanted, submit_algorithm

    wanted = Wanted(analysis=analysis, algorithm=algorithm, name=name, wait_s=wait)
    click.get_current_context().exit(submit_algorithm(wanted, hub=hub, form=form))
