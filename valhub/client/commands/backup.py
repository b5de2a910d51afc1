"""`valhub backup`: writes all of a hub's data into a folder."""

from pathlib import Path

import click

from valhub.client.options import data_option


@click.command(short_help="Back up a hub into a folder, or check a backup.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--keep",
    type=click.IntRange(1, 10_000),
    metavar="N",
    help="Back up into a dated folder below FOLDER, and remove all but the last N there.",
)
@click.option("--verify", is_flag=True, help="Check the backup in FOLDER instead of taking one.")
@data_option("The hub's folder")
def backup(folder: Path, *, keep: int | None, verify: bool, data: Path | None) -> None:
    """Back up a hub into FOLDER, which must be new; the hub may keep running.

    The folder will hold hidden truth and personal data: keep it where nobody else can read it.
    """
    from valhub.client.server_process import become_server

    if keep is not None and verify:
        raise click.UsageError("--keep is for taking a backup, --verify for checking one.")
    options = ["--verify"] if verify else [f"--keep={keep}"] if keep is not None else []
    become_server("backup", str(folder.absolute()), *options, data=data)
