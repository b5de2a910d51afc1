"""The documented routes of accounts: register, sign in, list, read, update, delete."""

import uuid
from functools import partial

from django.http import HttpRequest, HttpResponse, JsonResponse

from valhub.accounts.models import Account
from valhub.accounts.selectors.visible import (
    accounts_visible_to,
    find_account,
    find_changeable_account,
)
from valhub.accounts.services.administration import delete_as_staff, update_as_staff
from valhub.accounts.services.own_account import (
    FIELD,
    delete_own_account,
    update_own_account,
)
from valhub.accounts.services.registration import AccountChanges, register_account
from valhub.accounts.services.registration_limit import registrations_counted
from valhub.accounts.services.sign_in import check_credentials, sign_in
from valhub.api.callers import basic_credentials, caller, refuse_other_sites, signed_in_caller
from valhub.api.input_faults import InputFaults
from valhub.api.inputs import Inputs, WrongType
from valhub.api.reading import body_inputs, query_inputs
from valhub.api.routing import api_route
from valhub.api.v0.shapes import account_document
from valhub.errors import NotSignedIn
from valhub.http.request_ids import bind_account


@api_route("POST")
def register(request: HttpRequest) -> HttpResponse:
    """Create an account."""
    inputs, faults = body_inputs(request), InputFaults()
    username = faults.read(partial(inputs.text, "username"), "")
    email = faults.read(partial(inputs.text, "email"), "")
    password = faults.read(partial(inputs.text, "password"), "")
    first_name = faults.read(partial(inputs.optional_text, "firstName"), None) or ""
    last_name = faults.read(partial(inputs.optional_text, "lastName"), None) or ""
    github_link = faults.read(partial(inputs.optional_text, "githubLink"), None)
    with registrations_counted(request):
        faults.raise_first()
        account = register_account(
            username=username,
            email=email,
            password=password,
            first_name=first_name,
            last_name=last_name,
            github_link=github_link,
        )
    return JsonResponse(account_document(account))


@api_route("GET", "POST")
def login(request: HttpRequest) -> HttpResponse:
    """Return the id of the account with this user name and password, and start a session."""
    # A link on another site must not sign anybody in as somebody else.
    refuse_other_sites(request)
    credentials = basic_credentials(request)
    if credentials is None:
        inputs = query_inputs(request) if request.method != "POST" else body_inputs(request)
        credentials = inputs.text("username"), inputs.text("password")
    account = sign_in(request, *credentials)
    bind_account(account.pk)
    return JsonResponse({"id": str(account.pk)})


@api_route("GET")
def account_list(request: HttpRequest) -> HttpResponse:
    """List the accounts that the caller may see."""
    accounts = accounts_visible_to(signed_in_caller(request))
    return JsonResponse([account_document(account) for account in accounts], safe=False)


@api_route("GET", "PUT", "PATCH", "POST", "DELETE")
def account_detail(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Show, update or delete one account."""
    if request.method in ("GET", "HEAD"):
        by = _documented_caller(request, query_inputs(request))
        return JsonResponse(account_document(find_account(account_id, visible_to=by)))
    inputs = body_inputs(request)
    by = _documented_caller(request, inputs)
    account = find_changeable_account(account_id, changed_by=by)
    if by.pk == account.pk:
        return _change_own(request, inputs, account)
    if request.method == "DELETE":
        delete_as_staff(account, by=by)
        return HttpResponse(status=204)
    changed = update_as_staff(account, _changes(inputs, account), by=by)
    return JsonResponse(account_document(changed))


def _change_own(request: HttpRequest, inputs: Inputs, account: Account) -> HttpResponse:
    """Update or delete the caller's own account."""
    current = _current_password(request, inputs)
    if request.method == "DELETE":
        delete_own_account(request, account, current=current)
        return HttpResponse(status=204)
    changes = _changes(inputs, account)
    changed = update_own_account(request, account, changes, current=current)
    return JsonResponse(account_document(changed))


def _current_password(request: HttpRequest, inputs: Inputs) -> str | None:
    """Read the current password: from the header, its own field, or the documented inputs."""
    credentials = basic_credentials(request)
    if credentials is not None:
        return credentials[1]
    return inputs.optional_text(FIELD) or inputs.optional_text("password")


def _documented_caller(request: HttpRequest, inputs: Inputs) -> Account:
    """Find the caller; the documented inputs here may hold user name and password."""
    account = caller(request)
    if account is not None:
        return account
    username, password = inputs.optional_text("username"), inputs.optional_text("password")
    if not username or not password:
        raise NotSignedIn
    return check_credentials(request, username, password)


def _changes(inputs: Inputs, account: Account) -> AccountChanges:
    given = inputs.optional_text("id")
    if given not in (None, str(account.pk)):
        raise WrongType(
            "id is another account's, and an id cannot be changed. Leave it out.", field="id"
        )
    return AccountChanges(
        username=inputs.optional_text("username"),
        email=inputs.optional_text("email"),
        password=inputs.optional_text("password"),
        first_name=inputs.optional_text("firstName"),
        last_name=inputs.optional_text("lastName"),
        github_link=_link(inputs),
    )


def _link(inputs: Inputs) -> str | None:
    """Read the link; null is how the document writes that there is none."""
    if "githubLink" in inputs.values:
        return inputs.optional_text("githubLink") or ""
    return None
