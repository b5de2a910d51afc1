"""`valhub check`: finds every fault in a package or an algorithm without running it."""

import click

from valhub.client.options import exclude_newer_option
from valhub.console import echo


@click.command(short_help="Find every fault in a package or an algorithm.")
@click.argument("path")
@click.option(
    "--analysis", metavar="PACKAGE", help="Check the algorithm against this package's function."
)
@click.option(
    "--resolve", is_flag=True, help="Also resolve the required packages, without running anything."
)
@exclude_newer_option
def check(path: str, analysis: str | None, *, resolve: bool, exclude_newer: str | None) -> None:
    """Check the package or algorithm at PATH (a folder or a .zip) and list all its faults.

    The contents of PATH show which of the two it is. With --resolve, the versions that a run
    would install are listed too, or the reason why there are none. The exit code is 0 when there
    is nothing to fix, else 2.
    """
    from valhub.client.known_checks import CheckRequest, find_known

    request = CheckRequest(path, analysis, resolve=resolve, exclude_newer=exclude_newer)
    said = find_known(request)
    if said is None:
        from valhub.client.check import check_path

        said = check_path(request)
    echo(said)
