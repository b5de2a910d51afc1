"""The `valhub` command, and the one place where an error becomes text and an exit code.

The commands import pandas and the engine only when they run, so that `valhub --help` answers at
once.
"""

import sys
from typing import Any

import click

from valhub import __version__
from valhub.client.commands.backup import backup
from valhub.client.commands.check import check
from valhub.client.commands.doctor import doctor
from valhub.client.commands.migrate import migrate
from valhub.client.commands.rank import rank
from valhub.client.commands.restore import restore
from valhub.client.commands.run import run
from valhub.client.commands.sweep import sweep
from valhub.client.commands.task import task
from valhub.client.commands.up import up
from valhub.client.commands.web import web
from valhub.client.commands.worker import worker
from valhub.client.exit_codes import ExitCode
from valhub.evaluation.errors import EvaluationError


class Refusal(click.ClickException):
    """Tells why a command did not run, without a traceback."""

    exit_code = ExitCode.BAD_INPUT


class NoSandboxRefusal(Refusal):
    """The same, when what is missing is the sandbox."""

    exit_code = ExitCode.NO_SANDBOX


def refusal(error: EvaluationError) -> Refusal:
    """Turn an error into what the command prints and exits with."""
    from valhub.client.terminal import printable

    kind = NoSandboxRefusal if error.code == "no-sandbox" else Refusal
    return kind(printable(str(error)))


class ErrorReporting(click.Group):
    """A group whose commands may raise `EvaluationError`; anything else crashes loudly."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the sub-command."""
        try:
            return super().invoke(ctx)
        except EvaluationError as error:
            raise refusal(error) from error
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(ExitCode.INTERRUPTED)


@click.group(cls=ErrorReporting, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="valhub")
def main() -> None:
    """Score photovoltaic algorithms on real data with hidden ground truth, in a sandbox."""


for _command in (task, check, run, rank, doctor, up, web, worker, sweep, migrate, backup, restore):
    main.add_command(_command)


if __name__ == "__main__":
    sys.exit(main())
