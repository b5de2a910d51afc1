"""`valhub migrate`: makes the hub's database, or brings it up to date."""

from pathlib import Path

import click


@click.command(short_help="Make the database, or bring it up to date.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The hub's folder; default: $VALHUB_DATA, else valhub-data.",
)
def migrate(data: Path | None) -> None:
    """Bring the database to the state that this version needs; does nothing when it has it.

    `valhub up` does so at its start. A hub in several parts needs it once for each new version,
    before the parts are started; those of the version before it may go on meanwhile.
    """
    from valhub.client.serving import become_server

    become_server("migrate", data=data)
