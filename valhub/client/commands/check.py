"""`valhub check`: finds every fault in a package or an algorithm without running it."""

import click


@click.command(short_help="Find every fault in a package or an algorithm.")
@click.argument("path")
@click.option(
    "--analysis", metavar="PACKAGE", help="Check the algorithm against this package's function."
)
def check(path: str, analysis: str | None) -> None:
    """Check the package or algorithm at PATH (a folder or a .zip) and list all its faults.

    The contents of PATH show which of the two it is. The exit code is 0 when there is nothing
    to fix, else 2.
    """
    from valhub.client.check import check_path

    click.echo(check_path(path, analysis))
