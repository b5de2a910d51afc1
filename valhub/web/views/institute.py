"""Signing in at the institute's own server: going there, coming back, linking an account."""

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from valhub.accounts.oidc.attempts import MOST_SECONDS
from valhub.accounts.oidc.provider import NotProven
from valhub.accounts.services.institute import account_to_link, sign_in_person
from valhub.accounts.services.institute_visits import (
    begin_visit,
    end_visit,
    institute_name,
    keep_person,
    kept_person,
    link_with_password,
)
from valhub.accounts.services.networks import client_address
from valhub.errors import Conflict, Forbidden, InvalidFields, NotSignedIn, TooMany, Unavailable
from valhub.http.statuses import status_of
from valhub.web.page import page
from valhub.web.views.signing import own_page, sign_in_form

_ATTEMPT, _PERSON = "institute_attempt", "institute_person"
_PATH = "/sign-in/institute"

_log = structlog.get_logger(__name__)


@never_cache
@page
@require_safe
def go_to_institute(request: HttpRequest) -> HttpResponse:
    """Send somebody to the institute."""
    target = own_page(request, request.GET.get("next", ""))
    if request.user.is_authenticated:
        return redirect(target)
    try:
        address, attempt = begin_visit(target)
    except Unavailable as error:
        return sign_in_form(request, target, problem=error.detail, status=status_of(error))
    response = redirect(address)
    _keep(response, _ATTEMPT, attempt)
    return response


@never_cache
@page
@require_safe
def come_from_institute(request: HttpRequest) -> HttpResponse:
    """Sign in whom the institute names; an attempt counts once, whatever comes of it."""
    try:
        response = _come(request)
    except (Conflict, Forbidden, InvalidFields, Unavailable) as error:
        if isinstance(error, NotProven):
            _log.warning(
                "sign_in_failed", username="", address=client_address(request), reason=error.reason
            )
        response = sign_in_form(request, "/", problem=error.detail, status=status_of(error))
    response.delete_cookie(_ATTEMPT, path=_PATH)
    return response


def _come(request: HttpRequest) -> HttpResponse:
    person, target = end_visit(request, request.COOKIES.get(_ATTEMPT, ""))
    account = account_to_link(person)
    if account is None:
        sign_in_person(request, person)
        return redirect(own_page(request, target))
    response = redirect(reverse("web:link-institute"))
    _keep(response, _PERSON, keep_person(person, account, target))
    return response


@never_cache
@page
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def link_institute(request: HttpRequest) -> HttpResponse:
    """Ask for the password of the account that has somebody's address, and link it."""
    try:
        subject, account, target = kept_person(request.COOKIES.get(_PERSON, ""))
    except NotProven as error:
        return sign_in_form(request, "/", problem=error.detail, status=status_of(error))
    shown = {
        "here": "sign-in",
        "institute": institute_name(),
        "account": account,
        "sends_mail": settings.MAIL_SERVER is not None,
    }
    if request.method != "POST":
        return render(request, "web/link_institute.html", shown)
    password = request.POST.get("password", "")
    try:
        link_with_password(request, subject=subject, account=account, password=password)
    except (Conflict, Forbidden, NotSignedIn, TooMany) as error:
        shown["problem"] = error.detail
        return render(request, "web/link_institute.html", shown, status=status_of(error))
    response = redirect(own_page(request, target))
    response.delete_cookie(_PERSON, path=_PATH)
    return response


def _keep(response: HttpResponse, name: str, value: str) -> None:
    # Lax: the institute's answer comes from another site.
    response.set_cookie(
        name,
        value,
        max_age=MOST_SECONDS,
        path=_PATH,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )
