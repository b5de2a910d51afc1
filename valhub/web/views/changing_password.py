"""The page on which people change their own password, the staff among them."""

from collections.abc import Mapping

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from valhub.accounts.models import Account
from valhub.accounts.services.own_account import update_own_account
from valhub.accounts.services.registration import AccountChanges
from valhub.errors import FieldFault, Forbidden, InvalidFields, TooMany
from valhub.http.statuses import status_of
from valhub.web.page import page


@page
@login_required
@sensitive_post_parameters("current", "password")
@require_http_methods(["GET", "HEAD", "POST"])
def change_password_page(request: HttpRequest) -> HttpResponse:
    """Ask for the current password and a new one."""
    if request.method != "POST":
        return _answer(request, {})
    try:
        _change(request)
    except InvalidFields as error:
        faults = [fault.detail for fault in error.faults]  # type: ignore[attr-defined]
        return _answer(request, {"faults": faults}, status_of(error))
    except (Forbidden, TooMany) as error:
        return _answer(request, {"problem": _in_words(error)}, status_of(error))
    return _answer(request, {"done": True, "revoked": "revoke" in request.POST})


def _change(request: HttpRequest) -> None:
    assert isinstance(request.user, Account)  # noqa: S101 - signed in
    password = request.POST.get("password", "")
    current = request.POST.get("current")
    if password in ("", current):
        raise InvalidFields((FieldFault("password", "Enter another password than the old one."),))
    update_own_account(
        request,
        request.user,
        AccountChanges(password=password),
        current=current,
        revokes_tokens="revoke" in request.POST,
    )


def _in_words(error: Forbidden | TooMany) -> str:
    """Speak of the form's field where a program reads of its request's."""
    if error.code in ("current-password-missing", "wrong-current-password"):
        return "This is not your current password. Enter it again."
    return error.detail


def _answer(request: HttpRequest, shown: Mapping[str, object], status: int = 200) -> HttpResponse:
    assert isinstance(request.user, Account)  # noqa: S101 - signed in
    has_password = request.user.has_usable_password()
    context = {"here": "submissions", "has_password": has_password, **shown}
    response = render(request, "web/change_password.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
