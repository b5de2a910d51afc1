"""New passwords for those who lost theirs, or whose account somebody else may have got hold of.

So whatever lets somebody in ends with the old one: all sessions, and all tokens. An owner who knows
the password changes it through `own_account`, and chooses what becomes of the tokens.
"""

from django.db import transaction

from valhub.accounts.models import Account
from valhub.accounts.services.account_fields import check_fields
from valhub.accounts.services.auditing import record_act
from valhub.accounts.services.tokens import revoke_all_tokens


@transaction.atomic
def replace_password(account: Account, password: str, *, act: str, by: str) -> int:
    """Set a password, also if it is the old one; gives how many tokens were revoked.

    Parameters
    ----------
    act, by : str
        What the audit log calls it, and who does it.

    Raises
    ------
    InvalidFields
        The password is too weak.
    """
    fresh = Account.objects.select_for_update().get(pk=account.pk)
    check_fields(fresh, set(), password)
    # Sessions and links in mails are tied to its hash, which is another one each time.
    fresh.set_password(password)
    fresh.save(update_fields=["password"])
    revoked = revoke_all_tokens(fresh)
    record_act(by, act, fresh, tokens_revoked=revoked)
    return revoked
