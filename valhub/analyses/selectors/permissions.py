"""Who may do what with analyses."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis


def may_publish(account: Account | AnonymousUser) -> bool:
    """Whether an account may publish analyses: every one may, or organisers and staff only."""
    if not isinstance(account, Account) or not account.is_active:
        return False
    return settings.EVERYONE_MAY_PUBLISH or account.is_organiser or account.is_staff


def may_manage(account: Account | AnonymousUser, analysis: Analysis) -> bool:
    """Whether an account may change an analysis and read its package: creator and staff may."""
    return isinstance(account, Account) and (account.is_staff or account.pk == analysis.creator_id)
