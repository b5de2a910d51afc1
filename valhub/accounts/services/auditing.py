"""The audit log: who of the staff did what to whom, and what owners did to their accounts.

An entry is written in the transaction of the act itself, so neither is there without the other.
"""

import getpass
from typing import Any

from django.db import models

from valhub.accounts.models import Account, AuditEntry


def by_account(account: Account) -> str:
    """Name a member of staff, or an account's owner, who acts through a page or a route."""
    return f"account {account.pk}"


def by_command() -> str:
    """Name the user of this machine who acts through a command."""
    return f"command {getpass.getuser()}"


def record_act(by: str, act: str, subject: models.Model, **details: Any) -> None:
    """Write an entry; inside the transaction of the act.

    Parameters
    ----------
    by : str
        From `by_account` or `by_command`.
    act : str
        What was done, in a word or two, such as "approve organiser".
    subject : Model
        To what: an account, an analysis or a submission.
    **details
        Values that JSON has, without anything personal and without secrets.
    """
    name = f"{subject._meta.model_name} {subject.pk}"
    AuditEntry.objects.create(by=by, act=act, subject=name, details=details)
