"""`valhub web`: the web server alone, for a hub whose workers run elsewhere."""

from pathlib import Path

import click

from valhub.client.options import address_arguments, address_options, data_option


@click.command(short_help="Run the hub's web server alone.")
@address_options(click.IntRange(1, 65535), "Port to listen on.")
@data_option("The hub's folder on this machine")
def web(host: str | None, port: int | None, data: Path | None) -> None:
    """Serve the pages and the API until Ctrl-C; start workers and the sweeper separately.

    This does not change the database: `valhub migrate` creates it and brings it up to date.
    """
    from valhub.client.server_process import become_server

    become_server("web", *address_arguments(host, port), data=data)
