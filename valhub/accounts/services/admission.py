"""Who may have an account, as `VALHUB_REGISTRATION` says, however the account is made.

open
    Everybody.
approval
    Everybody; but nobody can sign in before the staff approve them.
invitation
    Those whom the staff invited. They may come in the first two modes as well, without approval.
closed
    Nobody, whoever invited them.
"""

from django.conf import settings

from valhub.accounts.models import Account, Invitation, WaitsFor
from valhub.accounts.services.auditing import by_account, record_act
from valhub.accounts.services.invitations import find_invitation, invalid_invitation
from valhub.errors import FieldFault, Forbidden, InvalidFields


def check_admission(token: str = "") -> Invitation | None:
    """Check whether somebody may register, and find the invitation if they have one.

    Raises
    ------
    Forbidden
        When nobody may, or only with an invitation and this is none.
    """
    if settings.REGISTRATION == "closed":
        raise Forbidden(
            "Registration is closed at this hub. Ask its staff if you need an account.",
            code="registration-closed",
        )
    if token:
        return find_invitation(token)
    if settings.REGISTRATION == "invitation":
        raise Forbidden(
            "You need an invitation to register at this hub. Ask its staff for one.",
            code="invitation-needed",
        )
    return None


def admit(account: Account, invitation: Invitation | None, *, is_confirmed: bool = False) -> None:
    """Decide whether a new account may be used at once; inside the transaction that makes it.

    An invitation is used up, and makes an organiser if it says so. It has shown that its owner
    reads mails to the address, or that the staff know them.

    Raises
    ------
    Forbidden
        Somebody else used the invitation meanwhile.
    InvalidFields
        The account has another e-mail address than the one that was invited.
    """
    if invitation:
        _use(invitation, account)
        return
    if settings.CONFIRM_EMAIL and not is_confirmed:
        account.waits_for = WaitsFor.CONFIRMATION
    elif settings.REGISTRATION == "approval":
        account.waits_for = WaitsFor.APPROVAL
    account.is_active = account.waits_for == WaitsFor.NOTHING


def confirm_address(account: Account) -> None:
    """Note that an account's owner reads the mails to its address; approval may still follow."""
    by_mode = {"approval": WaitsFor.APPROVAL}.get(settings.REGISTRATION, WaitsFor.NOTHING)
    waiting = Account.objects.filter(pk=account.pk, waits_for=WaitsFor.CONFIRMATION)
    if waiting.update(waits_for=by_mode, is_active=by_mode == WaitsFor.NOTHING):
        account.refresh_from_db()


def refuse_waiting(account: Account) -> None:
    """Refuse an account that waits; its owner has shown who they are.

    Raises
    ------
    Forbidden
        It says what the account waits for.
    """
    if account.waits_for == WaitsFor.APPROVAL:
        raise Forbidden(
            "Your account waits for approval by the staff of this hub. You can sign in as soon as "
            "they approve it.",
            code="waiting-for-approval",
        )
    if account.waits_for == WaitsFor.CONFIRMATION:
        raise Forbidden(
            "Confirm your e-mail address first: open the link in the mail that the hub sent you. "
            "If you have none, ask for another one at /reset-password.",
            code="address-not-confirmed",
        )


def _use(invitation: Invitation, account: Account) -> None:
    if invitation.email_folded != account.email_folded:
        sentence = f"The invitation is for {invitation.email}. Register with this address."
        raise InvalidFields((FieldFault("email", sentence),))
    # Whoever deletes the row has used it; the other one of two finds none.
    deleted, _ = Invitation.objects.filter(pk=invitation.pk).delete()
    if not deleted:
        raise invalid_invitation()
    account.is_organiser = invitation.is_organiser
    record_act(by_account(account), "accept invitation", account, invitation=invitation.pk)
