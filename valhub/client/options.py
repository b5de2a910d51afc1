"""Options that several commands have."""

import math
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


def hub_option(command: _Command) -> _Command:
    """Give a command `--hub URL`."""
    return click.option(
        "--hub", metavar="URL", help="The hub; default: $VALHUB_HUB, else that of the last login."
    )(command)


def format_option(command: _Command) -> _Command:
    """Give a command `--format`."""

    def read(_context: click.Context, parameter: click.Parameter, text: str) -> object:
        from valhub.client.remote.formats import read_format

        return read_format(text, parameter)

    return click.option(
        "--format",
        "form",
        default="table",
        metavar="FORMAT",
        callback=read,
        help='table, json or csv; "json(id,status)" chooses the fields.',
    )(command)


def output_option(command: _Command) -> _Command:
    """Give a command `-o FILE`."""
    return click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write this file, .json or .csv, in place of the terminal.",
    )(command)


def wait_option(command: _Command) -> _Command:
    """Give a command `--wait [SECONDS]`."""
    return click.option(
        "--wait",
        type=click.FloatRange(min=0),
        is_flag=False,
        flag_value=math.inf,
        metavar="[SECONDS]",
        help="Wait for the end, at most so many seconds if you say how many (--wait=60).",
    )(command)


def _upload_limit(
    _context: click.Context, _parameter: click.Parameter, text: str | None
) -> str | None:
    from valhub.evaluation.packages.requirements.upload_dates import read_upload_limit

    try:
        return None if text is None else read_upload_limit(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}. Write a past day, such as 2026-01-31.") from None


def exclude_newer_option(command: _Command) -> _Command:
    """Give a command `--exclude-newer DAY`."""
    return click.option(
        "--exclude-newer",
        metavar="DAY",
        callback=_upload_limit,
        help="Ignore packages uploaded after this day (UTC); default: what the task declares.",
    )(command)


def address_options(
    ports: click.IntRange, port_help: str, *, default_port: int = 8080
) -> Callable[[_Command], _Command]:
    """Give a command `--host` and `--port`: where a web server listens.

    Neither has a default here: when systemd passes the server its socket, it refuses an address
    that was asked for.
    """
    host = click.option("--host", help="Address to listen on.", show_default="127.0.0.1")
    port = click.option("--port", type=ports, show_default=str(default_port), help=port_help)
    return lambda command: host(port(command))


def address_arguments(host: str | None, port: int | None) -> list[str]:
    """Write the options that were given, as the server's own program reads them."""
    given = {"host": host, "port": port}
    return [f"--{name}={value}" for name, value in given.items() if value is not None]
