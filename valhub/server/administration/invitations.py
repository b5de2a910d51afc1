"""Commands about invitations."""

import click

from valhub.accounts.services import invitations
from valhub.accounts.services.auditing import by_command
from valhub.console import echo


@click.command()
@click.argument("email")
@click.option("--organiser", is_flag=True, help="Let them publish analyses, too.")
def invite(*, email: str, organiser: bool) -> None:
    """Invite EMAIL to register, by mail if the hub sends any; otherwise print the link."""
    _, token = invitations.invite(email, is_organiser=organiser, by=by_command())
    if invitations.mail_invitation(email, token):
        echo(f"{email} got a mail with the link; it works once, for two weeks.")
        return
    echo(f"Send this link to {email}, and to nobody else; it works once, for two weeks:")
    echo(invitations.link_of(token))


@click.command()
@click.argument("email")
def revoke_invitation(*, email: str) -> None:
    """Make the invitation of EMAIL void."""
    invitations.revoke_invitation(email, by=by_command())
    echo(f"The invitation of {email} is void.")
