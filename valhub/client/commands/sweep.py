"""`valhub sweep`: puts right what killed processes left behind."""

from pathlib import Path

import click

from valhub.client.options import data_option


@click.command(short_help="Put right what killed processes left behind.")
@click.option("--once", is_flag=True, help="Sweep once and end; else again and again.")
@data_option("The hub's folder")
def sweep(*, once: bool, data: Path | None) -> None:
    """Queue again what a dead worker held, and end what cannot go on.

    `valhub up` does this all the time; it is safe to do it twice.
    """
    from valhub.client.server_process import become_server

    become_server("sweep", *(["--once"] if once else []), data=data)
