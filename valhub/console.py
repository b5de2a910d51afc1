"""Lines on a terminal: the one way in which commands of client and server write them.

Names and messages in them come from strangers, and a terminal obeys the control characters in
them. Tables and colours are the client's (`client.terminal`).
"""

import click

from valhub.texts import visible


def echo(text: object, *, err: bool = False) -> None:
    """Write a line, with everything in it made visible that a terminal would obey."""
    click.echo(visible(str(text)), err=err)


def make_visible(error: click.ClickException) -> None:
    """Do the same to an error that click will write itself: it quotes arguments."""
    # click declares it final, and has no other way to write an error.
    vars(error)["message"] = visible(error.message)
