"""Commands about accounts."""

from typing import IO

import click

from valhub.accounts.services import administration
from valhub.accounts.services.auditing import by_command
from valhub.accounts.services.institute import link_identity
from valhub.console import echo
from valhub.server.administration.found import named_account

password_options = (
    click.option(
        "--password-file",
        type=click.File("r"),
        help="Read the password from the first line of this file, or of the input (-).",
    ),
    click.option("--generate", is_flag=True, help="Make a password, and print it."),
)


def _with_password(command: click.decorators.FC) -> click.decorators.FC:
    for option in password_options:
        command = option(command)
    return command


@click.command()
@click.argument("username")
@click.argument("email")
@_with_password
def create_superuser(
    *, username: str, email: str, password_file: IO[str] | None, generate: bool
) -> None:
    """Make an account with every permission."""
    password = _password(password_file, generate=generate)
    account = administration.create_superuser(
        username=username, email=email, password=password, by=by_command()
    )
    echo(f"{account} can sign in now, and has every permission.")
    _print_generated(password, generate=generate)


@click.command()
@click.argument("account")
@_with_password
def reset_password(*, account: str, password_file: IO[str] | None, generate: bool) -> None:
    """Give ACCOUNT a new password, end its sessions and revoke its tokens."""
    found = named_account(account)
    password = _password(password_file, generate=generate)
    revoked = administration.reset_password(found, password=password, by=by_command())
    echo(
        f"{found} has a new password. Sessions with the old one have ended, and tokens were "
        f"revoked: {revoked}."
    )
    _print_generated(password, generate=generate)


@click.command()
@click.argument("account")
def approve_account(*, account: str) -> None:
    """Let ACCOUNT sign in, where registrations need approval."""
    found = named_account(account)
    administration.approve_account(found, by=by_command())
    echo(f"{found} can sign in now.")


@click.command()
@click.argument("account")
@click.argument("name")
def link_account(*, account: str, name: str) -> None:
    """Let somebody sign in to ACCOUNT whom the institute calls NAME."""
    found = named_account(account)
    link_identity(found, name, by=by_command())
    echo(f"{name} signs in to {found} through the institute now.")


@click.command()
@click.argument("account")
@click.option("--undo", is_flag=True, help="Take the approval back.")
def approve_organiser(*, account: str, undo: bool) -> None:
    """Let ACCOUNT publish analyses, where organisers need approval."""
    found = named_account(account)
    administration.switch_role(found, "is_organiser", on=not undo, by=by_command())
    echo(f"{found} {'is no longer' if undo else 'is'} an organiser.")


@click.command()
@click.argument("account")
@click.option("--undo", is_flag=True, help="Let it sign in again.")
def deactivate(*, account: str, undo: bool) -> None:
    """Keep ACCOUNT from signing in, and end its sessions; its results stay."""
    found = named_account(account)
    administration.switch_role(found, "is_active", on=undo, by=by_command())
    echo(f"{found} can {'sign in again' if undo else 'no longer sign in'}.")


def _password(file: IO[str] | None, *, generate: bool) -> str:
    """Read a password without showing it."""
    if generate:
        return administration.make_password()
    if file is not None:
        return file.readline().rstrip("\r\n")
    text: str = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    return text


def _print_generated(password: str, *, generate: bool) -> None:
    if generate:
        echo(f"Its password: {password}")
