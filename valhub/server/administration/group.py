"""The commands of `valhub admin`, together."""

import click

from valhub.server.administration.audit import audit
from valhub.server.administration.invitations import invite, revoke_invitation
from valhub.server.administration.people import (
    approve_account,
    approve_organiser,
    create_superuser,
    deactivate,
    link_account,
    reset_password,
)
from valhub.server.administration.status import status
from valhub.server.administration.work import cancel, delete_analysis, hide, rerun


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def admin() -> None:
    """Do an administrator's work. Every act is in the audit log."""


for _command in (
    create_superuser, reset_password, approve_account, approve_organiser, deactivate,
    invite, revoke_invitation, link_account,
    cancel, rerun, hide, delete_analysis, status, audit,
):  # fmt: skip
    admin.add_command(_command)
