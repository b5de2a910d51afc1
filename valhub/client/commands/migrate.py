"""`valhub migrate`: makes the hub's database, or brings it up to date."""

from pathlib import Path

import click

from valhub.client.options import data_option


@click.command(short_help="Make the database, or bring it up to date.")
@data_option("The hub's folder")
def migrate(data: Path | None) -> None:
    """Bring the database to the state that this version needs; does nothing when it has it.

    `valhub up` does so at its start. A hub in several parts needs it once for each new version,
    before the parts are started; those of the version before it may go on meanwhile.
    """
    from valhub.client.server_process import become_server

    become_server("migrate", data=data)
