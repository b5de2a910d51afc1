"""`valhub sweep`: puts right what killed processes left behind."""

from pathlib import Path

import click


@click.command(short_help="Put right what killed processes left behind.")
@click.option("--once", is_flag=True, help="Sweep once and end; else again and again.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The hub's folder; default: $VALHUB_DATA, else valhub-data.",
)
def sweep(*, once: bool, data: Path | None) -> None:
    """Queue again what a dead worker held, and end what cannot go on.

    `valhub up` does this all the time; it is safe to do it twice.
    """
    from valhub.client.serving import become_server

    become_server("sweep", *(["--once"] if once else []), data=data)
