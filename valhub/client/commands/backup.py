"""`valhub backup`: writes everything a hub keeps into a folder."""

from pathlib import Path

import click


@click.command(short_help="Write everything a hub keeps into a folder.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The hub's folder; default: $VALHUB_DATA, else valhub-data.",
)
def backup(folder: Path, data: Path | None) -> None:
    """Back a hub up into FOLDER, which must be new; the hub may go on meanwhile.

    The folder holds hidden truth and people's data: keep it where nobody else reads.
    """
    from valhub.client.serving import become_server

    become_server("backup", str(folder.absolute()), data=data)
