"""Inviting somebody to register: a link that works once, for one e-mail address, for two weeks."""

from datetime import timedelta

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from valhub.accounts.models import Account, Invitation, folded
from valhub.accounts.services.auditing import record_act
from valhub.accounts.services.secret_texts import digest_of, make_secret
from valhub.errors import Conflict, FieldFault, Forbidden, InvalidFields, NotFound

VALID_FOR = timedelta(days=14)

_log = structlog.get_logger(__name__)


def invite(email: str, *, is_organiser: bool, by: str) -> tuple[Invitation, str]:
    """Invite somebody; gives the token, too, that only they should get.

    An earlier invitation of the same address is void.

    Parameters
    ----------
    email : str
        The address with which they have to register.
    is_organiser : bool
        Whether they may publish analyses, where these need approval.
    by : str
        Who invites, from `by_account` or `by_command`.

    Raises
    ------
    InvalidFields
        The address is none.
    Conflict
        Somebody with this address is here already, or registration is closed.
    """
    address = check_invitable(email)
    token = make_secret()
    with transaction.atomic():
        Invitation.objects.filter(email_folded=folded(address)).delete()
        made = Invitation.objects.create(
            token_hash=digest_of(token),
            email=address,
            email_folded=folded(address),
            is_organiser=is_organiser,
            invited_by=by,
            expires_at=timezone.now() + VALID_FOR,
        )
        record_act(by, "invite", made, organiser=is_organiser)
    return made, token


def link_of(token: str) -> str:
    """Return the address of the page where an invitation is accepted."""
    return f"{settings.PUBLIC_URL}/sign-up?invitation={token}"


def mail_invitation(email: str, token: str) -> bool:
    """Send somebody the link; gives whether a mail was sent, which needs a server that takes it."""
    server = settings.MAIL_SERVER
    if server is None:
        return False
    text = (
        f"You are invited to the PV Validation Hub at {settings.PUBLIC_URL}.\n\n"
        f"Register here, within {VALID_FOR.days} days:\n\n{link_of(token)}\n"
    )
    try:
        server.send(to=email.strip(), subject="Invitation to the PV Validation Hub", text=text)
    except OSError as error:
        # Not the whole error: it repeats the address.
        _log.warning("mail_failed", kind="invitation", error=type(error).__name__)
        return False
    return True


def find_invitation(token: str) -> Invitation:
    """Find an invitation that can still be used.

    Raises
    ------
    Forbidden
        It was used or revoked, has expired, or never was.
    """
    valid = Invitation.objects.filter(token_hash=digest_of(token), expires_at__gt=timezone.now())
    found = valid.first()
    if found is None:
        raise invalid_invitation()
    return found


def invalid_invitation() -> Forbidden:
    """Return the one answer for every token that cannot be used."""
    return Forbidden(
        "The invitation is not valid: it was used or revoked, or has expired. Ask the staff for a "
        "new one.",
        code="invitation-invalid",
    )


def revoke_invitation(email: str, *, by: str) -> None:
    """Make the invitation of an address void.

    Raises
    ------
    NotFound
        There is none.
    """
    with transaction.atomic():
        found = Invitation.objects.select_for_update().filter(email_folded=folded(email)).first()
        if found is None:
            raise NotFound(f"There is no invitation of {email[:100]}.", code="no-such-invitation")
        record_act(by, "revoke invitation", found)
        found.delete()


def check_invitable(email: str) -> str:
    """Return the address without spaces around it, if somebody can be invited with it.

    Raises
    ------
    InvalidFields, Conflict
        As `invite` does.
    """
    if settings.REGISTRATION == "closed":
        raise Conflict(
            "VALHUB_REGISTRATION is closed, so nobody could use an invitation. Set it to another "
            "value first.",
            code="invitations-closed",
        )
    address = email.strip()
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvalidFields((FieldFault("email", " ".join(error.messages)),)) from error
    if Account.objects.filter(email_folded=folded(address)).exists():
        raise Conflict("An account with this e-mail address exists already.", code="account-exists")
    return address
