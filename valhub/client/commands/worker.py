"""`valhub worker`: runs work for a hub on this machine, or on the same database."""

from pathlib import Path

import click

from valhub.client.options import data_option


@click.command(short_help="Run one more worker for a hub.")
@data_option("The hub's folder")
@click.option(
    "--analysis",
    "analyses",
    type=click.IntRange(min=1),
    multiple=True,
    metavar="PK",
    help="Work for this analysis only; repeat it for more. Default: all.",
)
@click.option(
    "--analysis-from-instance-tag",
    "from_tag",
    is_flag=True,
    help="On an EC2 instance: work for the analysis in its tag analysis_pk.",
)
@click.option(
    "--idle-exit",
    "idle_exit_s",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Exit after this long without work. Default: never.",
)
def worker(
    *, data: Path | None, analyses: tuple[int, ...], from_tag: bool, idle_exit_s: float | None
) -> None:
    """Run a hub's submissions until Ctrl-C, which gives unfinished work back at once.

    `valhub up` starts workers of its own; this adds one, on the same data or the same database.
    """
    if from_tag and analyses:
        raise click.UsageError(
            "--analysis and --analysis-from-instance-tag cannot be combined. Give one of them."
        )
    from valhub.client.server_process import become_server

    options = [f"--analysis={pk}" for pk in analyses]
    options += ["--analysis-from-instance-tag"] if from_tag else []
    options += [] if idle_exit_s is None else [f"--idle-exit={idle_exit_s}"]
    become_server("worker", *options, data=data)
