"""`valhub backup`: writes everything a hub keeps into a folder."""

from pathlib import Path

import click

from valhub.client.options import data_option


@click.command(short_help="Write everything a hub keeps into a folder.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@data_option("The hub's folder")
def backup(folder: Path, data: Path | None) -> None:
    """Back a hub up into FOLDER, which must be new; the hub may go on meanwhile.

    The folder holds hidden truth and people's data: keep it where nobody else reads.
    """
    from valhub.client.server_process import become_server

    become_server("backup", str(folder.absolute()), data=data)
