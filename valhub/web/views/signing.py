"""Signing in and out."""

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from valhub.accounts.services.institute import person_from_proxy, sign_in_person
from valhub.accounts.services.institute_visits import institute_name
from valhub.accounts.services.sign_in import sign_in
from valhub.errors import Conflict, Forbidden, NotSignedIn, TooMany
from valhub.http.statuses import status_of
from valhub.web.page import page


@page
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_page(request: HttpRequest) -> HttpResponse:
    """Ask for user name and password, and go where the person wanted to go."""
    given = request.POST if request.method == "POST" else request.GET
    target = own_page(request, given.get("next", ""))
    if request.method != "POST":
        return _arrive(request, target)
    try:
        sign_in(
            request,
            username=request.POST.get("username", ""),
            password=request.POST.get("password", ""),
        )
    except (Forbidden, NotSignedIn, TooMany) as error:
        return sign_in_form(request, target, problem=error.detail, status=status_of(error))
    return redirect(target)


def _arrive(request: HttpRequest, target: str) -> HttpResponse:
    """Let those go on who are signed in, here or at the institute; ask the others who they are."""
    if request.user.is_authenticated:
        return redirect(target)
    try:
        person = person_from_proxy(request)
        if person is None:
            return sign_in_form(request, target)
        sign_in_person(request, person)
    except (Forbidden, Conflict) as error:
        return sign_in_form(request, target, problem=error.detail, status=status_of(error))
    return redirect(target)


def sign_in_form(
    request: HttpRequest, target: str, *, problem: str = "", status: int = 200
) -> HttpResponse:
    """Show every way to sign in, and why the last one failed."""
    context = {
        "here": "sign-in",
        "institute": institute_name(),
        "next": target,
        "problem": problem,
        "registration": settings.REGISTRATION,
        "sends_mail": settings.MAIL_SERVER is not None,
        "username": request.POST.get("username", ""),
    }
    response = render(request, "web/sign_in.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def own_page(request: HttpRequest, target: str) -> str:
    """Return where to go afterwards; never to another site."""
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else "/"


@page
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("/")
