"""`valhub task`: builds the first-party tasks of a checkout."""

from pathlib import Path

import click

from valhub.console import echo


@click.group()
def task() -> None:
    """Build first-party tasks from the data that PV packages carry."""


@task.command()
@click.argument("name")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("build"),
    show_default=True,
    help="Folder to write NAME.zip to.",
)
def build(name: str, out: Path) -> None:
    """Build the task NAME (such as time-shift-detection), or `all` tasks, as package .zips.

    The same checkout always builds the same bytes.
    """
    from valhub.client.tasks import build_task, task_names

    for one in task_names() if name == "all" else (name,):
        echo(build_task(one, out))
