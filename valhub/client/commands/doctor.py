"""`valhub doctor`: shows what works on this machine, and how to fix what does not."""

import click

from valhub.client.exit_codes import ExitCode


@click.command(short_help="Show what works on this machine, and how to fix what does not.")
def doctor() -> None:
    """Check the sandbox, cgroups, uv and the interpreter of this machine.

    The exit code is 0 when all is well, and 3 when something that a run needs is missing.
    """
    from valhub.client.doctor_report import print_checkup

    healthy = print_checkup()
    click.get_current_context().exit(ExitCode.SCORED if healthy else ExitCode.NO_SANDBOX)
