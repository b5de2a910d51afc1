"""`valhub restore`: creates a hub from a backup."""

from pathlib import Path

import click

from valhub.client.options import data_option


@click.command(short_help="Create a hub from a backup.")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@data_option("The new hub's folder")
def restore(folder: Path, data: Path | None) -> None:
    """Restore the backup in FOLDER into a hub that is empty and stopped.

    This hub may use another database and another storage than the one that was backed up.
    """
    from valhub.client.server_process import become_server

    become_server("restore", str(folder.absolute()), data=data)
