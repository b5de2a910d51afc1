"""`valhub worker`: takes work for a hub that runs elsewhere on this machine, or on its database."""

from pathlib import Path

import click


@click.command(short_help="Run one more worker for a hub.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The hub's folder; default: $VALHUB_DATA, else valhub-data.",
)
def worker(data: Path | None) -> None:
    """Run submissions of a hub until Ctrl-C; what is in hand then goes back at once.

    `valhub up` has workers of its own; this is one more, on the same data.
    """
    from valhub.client.serving import become_server

    become_server("worker", data=data)
