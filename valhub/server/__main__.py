"""The hub's processes by name: `python -m valhub.server up`, `web`, `worker` and so on.

People type `valhub up`, which becomes this process; here is where Django enters. Settings come from
the environment, as everywhere.
"""

import os
from pathlib import Path

import click
from django.core.exceptions import ImproperlyConfigured

from valhub.console import echo, make_visible
from valhub.errors import ValhubError
from valhub.server.private_files import close_to_others, keep_files_private

# A setting, an argument or this machine cannot be used.
EXIT_CODE = 2


class StartReporting(click.Group):
    """A group whose commands find Django ready, or say which setting is wrong."""

    def invoke(self, ctx: click.Context) -> object:
        """Set Django up and run the sub-command."""
        keep_files_private()
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "valhub.settings")
        try:
            import django

            django.setup()
            close_to_others()
            return super().invoke(ctx)
        except (ImproperlyConfigured, ValhubError) as error:
            echo(f"Error: {error}", err=True)
            ctx.exit(EXIT_CODE)
        except click.ClickException as error:
            make_visible(error)
            raise


@click.group(cls=StartReporting)
def main() -> None:
    """Run a part of the hub, or all of it."""


@main.command()
@click.option("--host")
@click.option("--port", type=int)
def up(host: str | None, port: int | None) -> None:
    """Run the web server, the workers and the sweeper, and keep them running."""
    from valhub.server.up import run_hub

    run_hub(host=host, port=port)


@main.command()
@click.option("--host")
@click.option("--port", type=int)
def web(host: str | None, port: int | None) -> None:
    """Become the web server."""
    from valhub.server.web_alone import become_web_server

    become_web_server(host=host, port=port)


@main.command()
@click.option("--host")
@click.option("--port", type=int)
def events(host: str | None, port: int | None) -> None:
    """Serve the streams of events until stopped."""
    from valhub.server.events_alone import serve_events

    serve_events(host=host, port=port)


@main.command()
def migrate() -> None:
    """Create the database, or bring it up to date."""
    from valhub.server.database import prepare_database

    prepare_database()


@main.command()
@click.option("--analysis", "analyses", type=int, multiple=True)
@click.option("--analysis-from-instance-tag", "from_tag", is_flag=True)
@click.option("--idle-exit", "idle_exit_s", type=float)
def worker(*, analyses: tuple[int, ...], from_tag: bool, idle_exit_s: float | None) -> None:
    """Run work until stopped, or until there has been none for long enough."""
    if from_tag:
        from valhub.server.loops import work_for_the_tag

        work_for_the_tag(idle_exit_s=idle_exit_s)
        return
    from valhub.server.loops import work

    work(analyses=analyses or None, idle_exit_s=idle_exit_s)


@main.command()
@click.option("--idle-exit", "idle_exit_s", type=float)
def build(*, idle_exit_s: float | None) -> None:
    """Make environments until stopped, or until there has been none to make for long enough."""
    from valhub.server.loops import build

    build(idle_exit_s=idle_exit_s)


@main.command()
@click.option("--once", is_flag=True)
def sweep(*, once: bool) -> None:
    """Recover what killed processes left behind, repeatedly or once."""
    from valhub.server.loops import sweep

    sweep(once=once)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--keep", type=int)
@click.option("--verify", is_flag=True)
def backup(folder: Path, *, keep: int | None, verify: bool) -> None:
    """Back up the hub into a folder, or check a backup that is there."""
    if verify:
        from valhub.server.backups.verifying import verify_backup

        verify_backup(folder)
    elif keep is not None:
        from valhub.server.backups.nightly import take_next_backup

        take_next_backup(folder, keep=keep)
    else:
        from valhub.server.backups.taking import take_backup

        take_backup(folder)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
def restore(folder: Path) -> None:
    """Create a hub from a backup."""
    from valhub.server.backups.restoring import restore_backup

    restore_backup(folder)


@main.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def admin(arguments: tuple[str, ...]) -> None:
    """Do an administrator's work."""
    from valhub.server.administration.group import admin as commands
    from valhub.server.database import require_database

    if not {"-h", "--help"} & set(arguments):
        require_database()
    commands.main(args=arguments, prog_name="valhub admin", standalone_mode=False)


if __name__ == "__main__":
    main(prog_name="valhub")
