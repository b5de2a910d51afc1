"""The pages behind links in mails: a confirmed address, a new password; and how to get a link."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from valhub.accounts.services.mailed_changes import confirm_by_link, request_link, reset_by_link
from valhub.accounts.services.mailed_links import confirmed_by, reset_by
from valhub.accounts.services.registration_limit import registrations_counted
from valhub.errors import Forbidden, InvalidFields, TooMany
from valhub.http.statuses import status_of
from valhub.web.page import page

_RESET = "web/reset_password.html"
_CONFIRM = "web/confirm_email.html"


@page
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_email_page(request: HttpRequest) -> HttpResponse:
    """Confirm an address at a click: programs that only look into mails open links, too."""
    link = _link(request)
    try:
        if request.method != "POST":
            return _answer(request, _CONFIRM, {**link, "email": confirmed_by(**link).email})
        account = confirm_by_link(**link)
    except Forbidden as error:
        return _answer(request, _CONFIRM, {"problem": error.detail}, status_of(error))
    return _answer(request, _CONFIRM, {"done": True, "waits": account.waits_for != ""})


@page
@sensitive_post_parameters("password", "token")
@require_http_methods(["GET", "HEAD", "POST"])
def reset_password_page(request: HttpRequest) -> HttpResponse:
    """Send a link to an address; with the link, ask for a new password."""
    if settings.MAIL_SERVER is None:
        return _answer(request, _RESET, {"no_mail": True}, 403)
    given = request.POST if request.method == "POST" else request.GET
    if "token" in given:
        return _new_password(request)
    if request.method != "POST":
        return _answer(request, _RESET, {"asks": True})
    try:
        with registrations_counted(request):
            request_link(request.POST.get("email", ""))
    except TooMany as error:
        return _answer(request, _RESET, {"asks": True, "problem": error.detail}, status_of(error))
    return _answer(request, _RESET, {"sent": True})


def _new_password(request: HttpRequest) -> HttpResponse:
    link = _link(request)
    try:
        account = reset_by(**link)
        if request.method != "POST":
            return _answer(request, _RESET, {**link, "username": account.username})
        reset_by_link(**link, password=request.POST.get("password", ""))
    except Forbidden as error:
        return _answer(request, _RESET, {"asks": True, "problem": error.detail}, status_of(error))
    except InvalidFields as error:
        faults = [fault.detail for fault in error.faults]  # type: ignore[attr-defined]
        shown = {**link, "username": account.username, "faults": faults}
        return _answer(request, _RESET, shown, status_of(error))
    return _answer(request, _RESET, {"done": True})


def _link(request: HttpRequest) -> dict[str, str]:
    given = request.POST if request.method == "POST" else request.GET
    return {"account_id": given.get("account", ""), "token": given.get("token", "")}


def _answer(
    request: HttpRequest, template: str, shown: Mapping[str, object], status: int = 200
) -> HttpResponse:
    response = render(request, template, {"here": "sign-in", **shown}, status=status)
    # The address has a link in it that lets somebody in.
    response.headers["Cache-Control"] = "no-store"
    return response
