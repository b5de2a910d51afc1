"""How much an account has stored: the archives of its packages and of its algorithms."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Sum

from valhub.accounts.models import Account


@dataclass(frozen=True)
class StoredBytes:
    """What an account's archives hold, in bytes.

    Attributes
    ----------
    used : int
        Of all versions of its packages, and all algorithms that it submitted.
    most : int
        What they may hold.
    """

    used: int
    most: int

    @property
    def left(self) -> int:
        """How much more may be stored."""
        return max(0, self.most - self.used)


def stored_bytes(account: Account) -> StoredBytes:
    """Count what an account has stored; it stays so only under a lock on the account."""
    # Two queries: joined, every algorithm would be counted once for each package.
    rows = Account.objects.filter(pk=account.pk)
    packages = rows.aggregate(sum=Sum("analyses__versions__archive_bytes"))["sum"] or 0
    algorithms = rows.aggregate(sum=Sum("submissions__archive_bytes"))["sum"] or 0
    return StoredBytes(int(packages) + int(algorithms), settings.QUOTA_BYTES)
