"""Who reads a submission: what is shown of it depends on that alone, and on the version's rules."""

from enum import StrEnum

from django.contrib.auth.models import AnonymousUser

from valhub.accounts.models import Account
from valhub.jobs.models import Submission


class Reader(StrEnum):
    """A reader of a submission, by what ties them to it."""

    PUBLIC = "public"
    AUTHOR = "author"
    ORGANISER = "organiser"  # whoever created the analysis: they have its data and truth
    STAFF = "staff"


def reader_of(submission: Submission, account: Account | AnonymousUser) -> Reader:
    """Say who an account is to a submission.

    Organisers who submit to their own analysis see all of it, as the staff do.
    """
    if not isinstance(account, Account):
        return Reader.PUBLIC
    is_author = submission.created_by_id == account.pk
    is_organiser = submission.analysis.creator_id == account.pk
    if account.is_staff or (is_author and is_organiser):
        return Reader.STAFF
    if is_organiser:
        return Reader.ORGANISER
    return Reader.AUTHOR if is_author else Reader.PUBLIC
