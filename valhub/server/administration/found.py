"""Finding what an administrator names at the command line."""

import uuid

import click

from valhub.accounts.models import Account, folded
from valhub.analyses.models import Analysis
from valhub.jobs.models import Submission


def named_account(name: str) -> Account:
    """Find an account by its user name, its e-mail address or its id.

    Raises
    ------
    click.BadParameter
        There is none, or it was deleted.
    """
    living = Account.objects.filter(deleted_at=None)
    text = folded(name).replace("\0", " ")
    found = living.filter(username_folded=text).first() or living.filter(email_folded=text).first()
    if found is None and (key := _uuid(name)):
        found = living.filter(pk=key).first()
    if found is None:
        raise click.BadParameter(f"There is no account {name[:100]!r}. See /admin/ for the names.")
    return found


def known_submission(text: str) -> Submission:
    """Find a submission by its id; raises `click.BadParameter`."""
    known = Submission.objects.select_related("analysis", "created_by")
    key = _uuid(text)
    found = known.filter(pk=key).first() if key else None
    if found is None:
        raise click.BadParameter(
            f"There is no submission {text[:100]!r}. Its page's address has the id."
        )
    return found


def known_analysis(number: int) -> Analysis:
    """Find an analysis by its number; raises `click.BadParameter`."""
    found = Analysis.objects.filter(pk=number).first()
    if found is None:
        raise click.BadParameter(f"There is no analysis {number}. Its page's address has it.")
    return found


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
