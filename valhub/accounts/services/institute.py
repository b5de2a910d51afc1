"""Signing in through the institute: a trusted proxy, or its own server, says who somebody is.

A person is known by what the institute calls them, and by nothing else: an account that only has
the same e-mail address may be another person's, and is linked by staff, or by whoever knows its
password. Whoever has no account yet gets one, if `VALHUB_REGISTRATION` lets them; the institute's
word on the address counts as its confirmation.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from valhub.accounts.models import Account, Identity, Invitation, folded
from valhub.accounts.services.admission import check_admission, refuse_waiting
from valhub.accounts.services.auditing import by_account, record_act
from valhub.accounts.services.networks import client_address
from valhub.accounts.services.registration import register_through_institute
from valhub.accounts.services.sign_in import start_session
from valhub.accounts.trusted_proxy import is_within
from valhub.errors import Conflict, Forbidden, InvalidFields
from valhub.texts import cut, name_problem

PROXY = "proxy"
_log = structlog.get_logger(__name__)
_LONGEST = 200
_NAMES_TRIED = 20


@dataclass(frozen=True)
class Person:
    """Who somebody is at the institute.

    Attributes
    ----------
    issuer, subject : str
        By whose word, and what they call the person.
    email : str
        The address that the institute has confirmed.
    called : str
        What the user name of a new account is made from.
    """

    issuer: str
    subject: str
    email: str
    called: str


def person_from_proxy(request: HttpRequest) -> Person | None:
    """Read whom the proxy names; None for everybody else's request, whatever it claims.

    Raises
    ------
    Forbidden
        The proxy sent what cannot be a name, such as two names.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    if not settings.PROXY_USER_HEADER or not is_within(peer, settings.TRUSTED_PROXIES):
        return None
    subject = _header(request, settings.PROXY_USER_HEADER)
    if not subject:
        return None
    if "," in subject or name_problem(subject, _LONGEST) is not None:
        raise Forbidden(
            "The institute's sign-in sent a name that cannot be read. Report this to the staff.",
            code="institute-name-invalid",
        )
    email = _header(request, settings.PROXY_EMAIL_HEADER) if settings.PROXY_EMAIL_HEADER else ""
    return Person(PROXY, subject, email or subject, called=subject)


def sign_in_person(request: HttpRequest, person: Person) -> Account:
    """Start a session for somebody whom the institute knows; make an account at the first time.

    Raises
    ------
    Forbidden
        The account waits or is blocked, or nobody may register.
    Conflict
        Another account has the e-mail address.
    """
    account = account_of(person.issuer, person.subject) or _make_account(person)
    refuse_waiting(account)
    if not account.is_active:
        _log.warning("sign_in_failed", username=account.username, address=client_address(request))
        raise Forbidden("Your account is blocked. Ask the staff of this hub.", code="blocked")
    start_session(request, account)
    return account


def account_of(issuer: str, subject: str) -> Account | None:
    """Find the account of somebody whom the institute knows."""
    known = Identity.objects.filter(issuer=issuer, subject=subject)
    found = known.select_related("account").first()
    return found.account if found else None


def account_to_link(person: Person) -> Account | None:
    """Find the account that has the e-mail address of a person who has no account yet."""
    if account_of(person.issuer, person.subject):
        return None
    return Account.objects.filter(email_folded=folded(person.email)).first()


def link_identity(account: Account, subject: str, *, by: str) -> None:
    """Let somebody whom the institute knows sign in to an account that exists.

    Raises
    ------
    Conflict
        An account is linked to this name already.
    """
    issuer = settings.OIDC.issuer if settings.OIDC else PROXY
    with transaction.atomic():
        _, is_new = Identity.objects.get_or_create(
            issuer=issuer, subject=subject, defaults={"account": account}
        )
        if not is_new:
            raise Conflict(
                f"An account is linked to {cut(subject)!r} already.", code="already-linked"
            )
        record_act(by, "link to institute", account)


def _make_account(person: Person) -> Account:
    try:
        validate_email(person.email)
    except ValidationError as error:
        raise Forbidden(
            "The institute's sign-in sent no e-mail address. Report this to the staff: it has to "
            "send one, as the administrator's guide says.",
            code="institute-address-missing",
        ) from error
    with transaction.atomic():
        invited = _invitation(person)
        account = _inserted(person, invited)
        Identity.objects.create(account=account, issuer=person.issuer, subject=person.subject)
        record_act(by_account(account), "register through institute", account)
    return account


def _invitation(person: Person) -> Invitation | None:
    """Find the invitation of somebody who has not opened its link; raises as `check_admission`."""
    valid = Invitation.objects.filter(expires_at__gt=timezone.now())
    found = valid.filter(email_folded=folded(person.email)).first()
    if found is None or settings.REGISTRATION == "closed":
        check_admission()
    return found


def _inserted(person: Person, invited: Invitation | None) -> Account:
    """Insert an account under the first user name that is free, and can be one."""
    for tried in _names(person.called):
        # Looked at each time: who signs in twice at once would find no name free.
        if account_to_link(person):
            raise Conflict(
                "Another account has your e-mail address. If it is yours, ask the staff to link "
                "it: valhub admin link-account.",
                code="address-taken",
            )
        try:
            return register_through_institute(tried, person.email, invited)
        except Conflict:
            continue
        except InvalidFields as error:
            if error.field != "username":
                raise
    raise Conflict("No user name is free for you. Report this to the staff.", code="no-free-name")


def _names(called: str) -> Iterator[str]:
    """Make user names of what somebody is called, and in the end without it."""
    own = re.sub(r"[^\w.+-]", "-", called.partition("@")[0])[:100]
    for name in (own, "member"):
        if name.strip("-"):
            yield name
            yield from (f"{name}-{number}" for number in range(2, _NAMES_TRIED))


def _header(request: HttpRequest, name: str) -> str:
    """Read a header as UTF-8, as proxies send it; what is none is as if it were missing."""
    try:
        return request.headers.get(name, "").encode("latin-1").decode().strip()
    except UnicodeError:
        return ""
