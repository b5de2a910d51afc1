"""`valhub up`: runs the whole hub on this machine."""

from pathlib import Path

import click

from valhub.client.options import address_arguments, address_options, data_option


@click.command(short_help="Run the whole hub on this machine.")
@address_options(click.IntRange(0, 65535), "Port to listen on; 0 picks a free one.")
@data_option("Folder for all of the hub's data")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Workers to run in parallel; default: $VALHUB_WORKERS, else one per CPU.",
)
def up(host: str | None, port: int | None, data: Path | None, workers: int | None) -> None:
    """Run the web server, the workers and the sweeper until Ctrl-C.

    The first start creates the database. A process that ends unexpectedly is restarted, and
    interrupted runs continue after a restart of the hub.
    """
    from valhub.client.server_process import become_server

    become_server("up", *address_arguments(host, port), data=data, workers=workers)
