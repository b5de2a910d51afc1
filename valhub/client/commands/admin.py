"""`valhub admin`: an administrator's work on the hub's machine."""

from pathlib import Path

import click

from valhub.client.options import data_option


@click.command(
    short_help="Do an administrator's work: accounts, submissions, status, audit log.",
    # The commands themselves, with their help, are the server's.
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
)
@data_option("The hub's folder")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="COMMAND ...")
def admin(data: Path | None, arguments: tuple[str, ...]) -> None:
    """Do an administrator's work; `valhub admin --help` lists the commands."""
    from valhub.client.server_process import become_server

    become_server("admin", *(arguments or ["--help"]), data=data)
