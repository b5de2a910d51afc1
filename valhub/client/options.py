"""Options that several commands have."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

_Command = Callable[..., Any]


def data_option(what: str) -> Callable[[_Command], _Command]:
    """Give a command `--data DIR`, described by `what`."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help=f"{what}; default: $VALHUB_DATA, else valhub-data.",
    )


def address_options(ports: click.IntRange, port_help: str) -> Callable[[_Command], _Command]:
    """Give a command `--host` and `--port`: where a web server listens."""
    host = click.option(
        "--host", default="127.0.0.1", show_default=True, help="Address to listen on."
    )
    port = click.option("--port", type=ports, default=8080, show_default=True, help=port_help)
    return lambda command: host(port(command))
