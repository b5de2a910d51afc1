"""Refusing an archive that is more than an account may store."""

from valhub.accounts.models import Account
from valhub.accounts.services.attempt_locks import lock_uploads
from valhub.analyses.selectors.stored_bytes import stored_bytes
from valhub.errors import TooLarge
from valhub.evaluation.wording import memory


def check_storage(account: Account, size: int | None, *, field: str) -> None:
    """Refuse an archive of so many bytes before it is read, which costs far more than a look.

    Raises
    ------
    TooLarge
        When it is more than `QUOTA_BYTES` leave.
    """
    stored = stored_bytes(account)
    if (size or 0) <= stored.left:
        return
    raise TooLarge(
        f"Your packages and algorithms may hold {memory(stored.most)} together. They hold "
        f"{memory(stored.used)}, and this one has {memory(size or 0)}. Send a smaller one, or ask "
        "the staff to delete an analysis of yours or to allow more.",
        code="storage-quota-reached",
        field=field,
    )


def reserve_storage(account: Account, size: int | None, *, field: str) -> None:
    """Check it for good; inside the transaction that creates the row with this size."""
    lock_uploads(account)
    check_storage(account, size, field=field)
