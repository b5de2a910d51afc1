"""The hub's processes by name: `python -m valhub.server up | worker | sweep`.

People type `valhub up`, which becomes this process; here is where Django enters. Settings come from
the environment, as everywhere.
"""

import os

import click
from django.core.exceptions import ImproperlyConfigured

from valhub.server.refusals import CannotStart


class Refusal(click.ClickException):
    """Tells why a process did not start, without a traceback."""

    exit_code = 2


class StartReporting(click.Group):
    """A group whose commands find Django ready, or say which setting is wrong."""

    def invoke(self, ctx: click.Context) -> object:
        """Set Django up and run the sub-command."""
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "valhub.settings")
        try:
            import django

            django.setup()
            return super().invoke(ctx)
        except (ImproperlyConfigured, CannotStart) as error:
            raise Refusal(str(error)) from error


@click.group(cls=StartReporting)
def main() -> None:
    """Run a part of the hub, or all of it."""


@main.command()
@click.option("--host", required=True)
@click.option("--port", type=int, required=True)
def up(host: str, port: int) -> None:
    """Run the web server, the workers and the sweeper, and keep them running."""
    from valhub.server.up import run_hub

    run_hub(host=host, port=port)


@main.command()
def worker() -> None:
    """Take work until told to stop."""
    from valhub.server.loops import work

    work()


@main.command()
@click.option("--once", is_flag=True)
def sweep(*, once: bool) -> None:
    """Put right what others left behind, again and again or once."""
    from valhub.server.loops import sweep

    sweep(once=once)


if __name__ == "__main__":
    main(prog_name="valhub")
