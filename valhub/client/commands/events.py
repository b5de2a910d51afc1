"""`valhub events`: the streams of events alone, beside the web servers."""

from pathlib import Path

import click

from valhub.client.options import address_arguments, address_options, data_option


@click.command(short_help="Serve the streams of events, beside the web servers.")
@address_options(click.IntRange(1, 65535), "Port to listen on.", default_port=8081)
@data_option("The hub's folder on this machine")
def events(host: str | None, port: int | None, data: Path | None) -> None:
    """Serve who follows submissions live until Ctrl-C, behind a proxy.

    A web server has room for a few followers; this has it for thousands. The proxy sends it
    requests for /api/v1/submissions/…/events.
    """
    from valhub.client.server_process import become_server

    become_server("events", *address_arguments(host, port), data=data)
