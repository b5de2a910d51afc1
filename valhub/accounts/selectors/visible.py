"""Which accounts somebody may see: staff all of them, everybody else their own."""

import uuid

from django.db.models import QuerySet

from valhub.accounts.models import Account
from valhub.errors import Forbidden, NotFound


def _no_such_account() -> NotFound:
    """Return the one answer for accounts that do not exist and for those that may not be seen."""
    return NotFound(
        "There is no account with this id, or you may not see it.", code="no-such-account"
    )


def accounts_visible_to(account: Account | None) -> QuerySet[Account]:
    """List the accounts an account (None: nobody) may see, oldest first, without deleted ones."""
    living = Account.objects.filter(deleted_at=None).order_by("date_joined", "id")
    if account is None or not account.is_active:
        return living.none()
    return living if account.is_staff else living.filter(pk=account.pk)


def find_account(account_id: uuid.UUID, *, visible_to: Account | None) -> Account:
    """Find one account by its id.

    Raises
    ------
    NotFound
        When there is none, it was deleted, or `visible_to` may not see it.
    """
    found = accounts_visible_to(visible_to).filter(pk=account_id).first()
    if found is None:
        raise _no_such_account()
    return found


def find_changeable_account(account_id: uuid.UUID, *, changed_by: Account | None) -> Account:
    """Find an account that `changed_by` may change: its own, or as staff anybody's.

    Raises
    ------
    NotFound
        As `find_account` does.
    Forbidden
        When staff want to change a superuser's account, which would make them one.
    """
    found = find_account(account_id, visible_to=changed_by)
    if found.is_superuser and not (changed_by and changed_by.is_superuser):
        raise Forbidden("Only superusers may change a superuser's account.")
    return found


def account_named(account_id: uuid.UUID) -> Account:
    """Find the account that a request names, whoever may see it.

    Raises
    ------
    NotFound
        When there is none, or it was deleted.
    """
    found = Account.objects.filter(pk=account_id, deleted_at=None).first()
    if found is None:
        raise _no_such_account()
    return found
