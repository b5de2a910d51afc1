"""The page on which people make their accounts."""

from collections.abc import Mapping
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from valhub.accounts.models import Account, Invitation, WaitsFor
from valhub.accounts.services.admission import check_admission
from valhub.accounts.services.registration import register_account
from valhub.accounts.services.registration_limit import registrations_counted
from valhub.accounts.services.sign_in import start_session
from valhub.errors import Conflict, FieldFault, Forbidden, InvalidFields, TooMany, ValhubError
from valhub.http.statuses import status_of
from valhub.web.page import page

# What the form asks for: name, label, kind of input, what browsers fill in, whether it is required.
_FIELDS = (
    ("username", "User name", "text", "username", True),
    ("email", "E-mail address", "email", "email", True),
    ("password", "Password", "password", "new-password", True),
    ("firstName", "First name", "text", "given-name", False),
    ("lastName", "Last name", "text", "family-name", False),
    ("githubLink", "GitHub page", "url", "url", False),
)


@page
@sensitive_post_parameters("password", "invitation")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_page(request: HttpRequest) -> HttpResponse:
    """Ask for what an account needs, and make it, if `VALHUB_REGISTRATION` lets this person."""
    if request.user.is_authenticated:
        return redirect("/")
    given = request.POST if request.method == "POST" else request.GET
    token = given.get("invitation", "")
    try:
        invitation = check_admission(token)
    except Forbidden as error:
        return _answer(request, {"closed": error.detail}, status=status_of(error))
    if request.method != "POST":
        return _form(request, token, invitation)
    try:
        account = _register(request, token)
    except (InvalidFields, Conflict, Forbidden, TooMany) as error:
        return _form(request, token, invitation, error)
    return _welcome(request, account)


def _register(request: HttpRequest, token: str) -> Account:
    texts = {name: request.POST.get(name, "") for name, *_ in _FIELDS}
    with registrations_counted(request):
        return register_account(
            username=texts["username"],
            email=texts["email"],
            password=texts["password"],
            first_name=texts["firstName"],
            last_name=texts["lastName"],
            github_link=texts["githubLink"],
            invitation=token,
        )


def _welcome(request: HttpRequest, account: Account) -> HttpResponse:
    """Begin a session, or say what the account waits for."""
    if account.waits_for:
        confirms = account.waits_for == WaitsFor.CONFIRMATION
        return _answer(request, {"waits": account, "confirms": confirms})
    start_session(request, account)
    return redirect("/")


def _form(
    request: HttpRequest,
    token: str,
    invitation: Invitation | None,
    error: ValhubError | None = None,
) -> HttpResponse:
    """Show the form; each fault is at its field, and what was typed stays, but the password."""
    faults = _faults(error)
    typed = {**request.POST.dict(), "password": ""}
    if invitation is not None:
        typed["email"] = invitation.email
    known = {name for name, *_ in _FIELDS}
    shown = {
        "fields": [
            {
                "name": name, "label": label, "kind": kind, "fills_in": fills_in,
                "required": required, "value": typed.get(name, ""), "fault": faults.get(name, ""),
                "hints": password_validators_help_texts() if name == "password" else [],
                "fixed": name == "email" and invitation is not None,
            }
            for name, label, kind, fills_in, required in _FIELDS
        ],
        "invitation": token,
        "problem": "" if error is None or faults.keys() & known else error.detail,
        "approval": settings.REGISTRATION == "approval" and invitation is None,
    }  # fmt: skip
    return _answer(request, shown, status=HTTPStatus.OK if error is None else status_of(error))


def _faults(error: ValhubError | None) -> Mapping[str, str]:
    """Find what is wrong with each field; several sentences on one are joined."""
    if error is None:
        return {}
    faults = [one for one in error.faults if isinstance(one, FieldFault)]
    if not faults and error.field:
        faults = [FieldFault(error.field, error.detail)]
    joined: dict[str, str] = {}
    for one in faults:
        joined[one.field] = f"{joined.get(one.field, '')} {one.detail}".strip()
    return joined


def _answer(request: HttpRequest, shown: Mapping[str, object], status: int = 200) -> HttpResponse:
    context = {"here": "sign-up", **shown}
    response = render(request, "web/sign_up.html", context, status=status)
    # The address may have an invitation in it, and the page what somebody typed.
    response.headers["Cache-Control"] = "no-store"
    return response
