"""The `valhub` command, and the one place where an error becomes text and an exit code.

The commands import pandas and the engine only when they run, so that `valhub --help` answers at
once.
"""

import sys
from typing import Any

import click

from valhub import __version__
from valhub.client.commands.admin import admin
from valhub.client.commands.analyses import analyses
from valhub.client.commands.backup import backup
from valhub.client.commands.cancel import cancel
from valhub.client.commands.check import check
from valhub.client.commands.completion import completion
from valhub.client.commands.data import data
from valhub.client.commands.doctor import doctor
from valhub.client.commands.events import events
from valhub.client.commands.init import init
from valhub.client.commands.leaderboard import leaderboard
from valhub.client.commands.login import login
from valhub.client.commands.logout import logout
from valhub.client.commands.logs import logs
from valhub.client.commands.migrate import migrate
from valhub.client.commands.quota import quota
from valhub.client.commands.rank import rank
from valhub.client.commands.rerun import rerun
from valhub.client.commands.restore import restore
from valhub.client.commands.results import results
from valhub.client.commands.run import run
from valhub.client.commands.show import show
from valhub.client.commands.status import status
from valhub.client.commands.submissions import submissions
from valhub.client.commands.submit import submit
from valhub.client.commands.sweep import sweep
from valhub.client.commands.task import task
from valhub.client.commands.up import up
from valhub.client.commands.web import web
from valhub.client.commands.whoami import whoami
from valhub.client.commands.worker import worker
from valhub.client.exit_codes import ExitCode
from valhub.client.hubs.errors import HubUnreachable, SignInNeeded
from valhub.console import echo, make_visible
from valhub.errors import ValhubError


def report_error(error: ValhubError) -> ExitCode:
    """Print what an error says, without a traceback; gives the exit code."""
    echo(f"Error: {error}", err=True)
    match error:
        case SignInNeeded():
            return ExitCode.NOT_SIGNED_IN
        case HubUnreachable():
            return ExitCode.UNREACHABLE
    return ExitCode.NO_SANDBOX if error.code == "no-sandbox" else ExitCode.BAD_INPUT


class ErrorReporting(click.Group):
    """A group whose commands may raise `ValhubError`; anything else crashes loudly."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the sub-command."""
        try:
            return super().invoke(ctx)
        except ValhubError as error:
            ctx.exit(report_error(error))
        except click.ClickException as error:
            make_visible(error)
            raise
        except KeyboardInterrupt:
            echo("Interrupted.", err=True)
            ctx.exit(ExitCode.INTERRUPTED)


@click.group(cls=ErrorReporting, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="valhub")
def main() -> None:
    """Score photovoltaic algorithms on real data with hidden ground truth, in a sandbox."""


for _command in (
    task, check, run, rank, doctor,
    login, logout, whoami, analyses, show, data, init, submit, submissions, status, logs, results,
    cancel, rerun, leaderboard, quota, completion,
    up, web, events, worker, sweep, migrate, backup, restore, admin,
):  # fmt: skip
    main.add_command(_command)


if __name__ == "__main__":
    sys.exit(main())
