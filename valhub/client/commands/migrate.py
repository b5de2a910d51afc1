"""`valhub migrate`: creates the hub's database, or brings it up to date."""

from pathlib import Path

import click

from valhub.client.options import data_option


@click.command(short_help="Create the database, or bring it up to date.")
@data_option("The hub's folder")
def migrate(data: Path | None) -> None:
    """Bring the database to the schema that this version needs; do nothing when it has it.

    `valhub up` does this at its start. A hub in several parts needs it once for each new version,
    before the new parts start; those of the previous version may keep running meanwhile.
    """
    from valhub.client.server_process import become_server

    become_server("migrate", data=data)
