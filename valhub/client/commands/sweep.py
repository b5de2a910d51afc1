"""`valhub sweep`: recovers what killed processes left behind."""

from pathlib import Path

import click

from valhub.client.options import data_option


@click.command(short_help="Recover what killed processes left behind.")
@click.option("--once", is_flag=True, help="Sweep once and exit; default: repeatedly.")
@data_option("The hub's folder")
def sweep(*, once: bool, data: Path | None) -> None:
    """Queue the work of dead workers again, and fail what cannot continue.

    `valhub up` does this all the time; it is safe to run a second sweeper.
    """
    from valhub.client.server_process import become_server

    become_server("sweep", *(["--once"] if once else []), data=data)
