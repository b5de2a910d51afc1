"""`valhub backup`: writes all of a hub's data into a folder."""

from pathlib import Path

import click

from valhub.client.options import data_option


@click.command(short_help="Back up a hub into a folder.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@data_option("The hub's folder")
def backup(folder: Path, data: Path | None) -> None:
    """Back up a hub into FOLDER, which must be new; the hub may keep running.

    The folder will hold hidden truth and personal data: keep it where nobody else can read it.
    """
    from valhub.client.server_process import become_server

    become_server("backup", str(folder.absolute()), data=data)
