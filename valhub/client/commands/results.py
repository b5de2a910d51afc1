"""`valhub results`: shows the results of a submission's files."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from valhub.client.options import format_option, hub_option, output_option

if TYPE_CHECKING:
    from valhub.client.remote.formats import Format

USUAL = ("name", "part", "verdict", "coverage", "scores", "message")


@click.command(short_help="Show the results of a submission's files.")
@click.argument("submission")
@output_option
@hub_option
@format_option
def results(submission: str, output: Path | None, hub: str | None, form: "Format") -> None:
    """Show the results of SUBMISSION's files, as far as you may see them."""
    from valhub.client.remote.formats import write_records
    from valhub.client.remote.opening import open_hub
    from valhub.client.remote.output_files import written_to

    with open_hub(hub) as opened, written_to(output, form) as chosen:
        files = opened.submission(submission).files()
        write_records(files, chosen, usual=USUAL, title="files")
