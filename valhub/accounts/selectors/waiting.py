"""Who waits for the staff."""

from django.db.models import QuerySet

from valhub.accounts.models import Account, WaitsFor


def waiting_for_approval() -> QuerySet[Account]:
    """List the accounts that wait for approval, the oldest first."""
    return Account.objects.filter(waits_for=WaitsFor.APPROVAL).order_by("date_joined", "id")
