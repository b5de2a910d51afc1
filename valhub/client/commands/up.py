"""`valhub up`: runs the whole hub on this machine."""

from pathlib import Path

import click

from valhub.client.options import address_options, data_option


@click.command(short_help="Run the hub on this machine: web, workers and sweeper.")
@address_options(click.IntRange(0, 65535), "Port to listen on; 0 picks a free one.")
@data_option("Folder for everything the hub keeps")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Workers side by side; default: $VALHUB_WORKERS, else one for each CPU.",
)
def up(host: str, port: int, data: Path | None, workers: int | None) -> None:
    """Run the web server, the workers and the sweeper until Ctrl-C.

    The first start makes the database and says so. What ends by accident is started again; what
    was running is taken up again after a restart.
    """
    from valhub.client.server_process import become_server

    become_server("up", f"--host={host}", f"--port={port}", data=data, workers=workers)
