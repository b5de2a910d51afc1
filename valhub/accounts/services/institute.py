"""Signing in through the institute: a trusted proxy says who somebody is.

A person is known by what the proxy calls them, and by nothing else: an account that only has the
same e-mail address may be another person's, and staff link it if it is not. Whoever has no account
yet gets one, if `VALHUB_REGISTRATION` lets them; the institute's word on the address counts as its
confirmation.
"""

import re
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from valhub.accounts.models import Account, Identity, Invitation, folded
from valhub.accounts.services.admission import check_admission, refuse_waiting
from valhub.accounts.services.auditing import by_account, record_act
from valhub.accounts.services.registration import register_through_institute
from valhub.accounts.services.sign_in import start_session
from valhub.accounts.trusted_proxy import is_within
from valhub.errors import Conflict, Forbidden
from valhub.texts import cut, name_problem

PROXY = "proxy"
_LONGEST = 200
_NAMES_TRIED = 20


@dataclass(frozen=True)
class Person:
    """Who somebody is at the institute."""

    subject: str
    email: str


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
    return Person(subject, email or subject)


def sign_in_person(request: HttpRequest, person: Person) -> Account:
    """Start a session for somebody whom the institute knows; make an account at the first time.

    Raises
    ------
    Forbidden
        The account waits or is blocked, or nobody may register.
    Conflict
        Another account has the e-mail address.
    """
    known = Identity.objects.filter(issuer=PROXY, subject=person.subject)
    found = known.select_related("account").first()
    account = found.account if found else _make_account(person)
    refuse_waiting(account)
    if not account.is_active:
        raise Forbidden("Your account is blocked. Ask the staff of this hub.", code="blocked")
    start_session(request, account)
    return account


def link_identity(account: Account, subject: str, *, by: str) -> None:
    """Let somebody whom the institute knows sign in to an account that exists.

    Raises
    ------
    Conflict
        An account is linked to this name already.
    """
    with transaction.atomic():
        _, is_new = Identity.objects.get_or_create(
            issuer=PROXY, subject=subject, defaults={"account": account}
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
            "The institute's sign-in sent no e-mail address. Report this to the staff: "
            "VALHUB_PROXY_EMAIL_HEADER names the header that has it.",
            code="institute-address-missing",
        ) from error
    with transaction.atomic():
        invited = _invitation(person)
        account = _inserted(person, invited)
        Identity.objects.create(account=account, issuer=PROXY, subject=person.subject)
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
    """Insert an account under the first user name that is free."""
    if Account.objects.filter(email_folded=folded(person.email)).exists():
        raise Conflict(
            "Another account has your e-mail address. If it is yours, ask the staff to link it: "
            "valhub admin link-account.",
            code="address-taken",
        )
    name = re.sub(r"[^\w.+-]", "-", person.subject.partition("@")[0])[:100] or "member"
    for number in range(1, _NAMES_TRIED):
        tried = name if number == 1 else f"{name}-{number}"
        try:
            return register_through_institute(tried, person.email, invited)
        except Conflict:
            continue
    raise Conflict("No user name is free for you. Report this to the staff.", code="no-free-name")


def _header(request: HttpRequest, name: str) -> str:
    """Read a header as UTF-8, as proxies send it; what is none is as if it were missing."""
    try:
        return request.headers.get(name, "").encode("latin-1").decode().strip()
    except UnicodeError:
        return ""
