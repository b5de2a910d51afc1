"""Password, e-mail address and the account itself: only who knows the password changes them."""

import base64
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from valhub.accounts.models import Account, AuditEntry
from valhub.accounts.services.sign_in import _SIGNED_IN_AT

pytestmark = pytest.mark.django_db

As = Callable[[Account | None], Client]
NEW = "poa-irradiance-9"
CHANGES: dict[str, tuple[str, dict[str, str]]] = {
    "change password": ("PATCH", {"password": NEW}),
    "change e-mail": ("PATCH", {"email": "paula@example.org"}),
    "delete account": ("DELETE", {}),
}
ACTS = pytest.mark.parametrize("act", CHANGES)


def send(client: Client, account: Account, act: str, **more: str) -> tuple[int, dict[str, Any]]:
    method, fields = CHANGES[act]
    answer = client.generic(
        method, f"/account/{account.pk}/", _json({**fields, **more}), content_type=JSON
    )
    return answer.status_code, answer.json() if answer.content else {}


JSON = "application/json"


def _json(fields: Mapping[str, str]) -> str:
    inside = ", ".join(f'"{name}": "{text}"' for name, text in fields.items())
    return f"{{{inside}}}"


def acts(account: Account) -> list[str]:
    entries = AuditEntry.objects.filter(subject=f"account {account.pk}").order_by("id")
    assert {entry.by for entry in entries} <= {f"account {account.pk}"}
    return [entry.act for entry in entries]


@ACTS
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "current-password-missing"),
        ({"currentPassword": ""}, "current-password-missing"),
        ({"currentPassword": "guess"}, "wrong-current-password"),
    ],
)
def test_a_session_alone_changes_nothing(
    act: str, given: dict[str, str], code: str, as_: As, participant: Account
) -> None:
    client = as_(participant)
    status, told = send(client, participant, act, **given)
    # A new password without the current one is taken for it, as documented clients send theirs.
    expected = "wrong-current-password" if act == "change password" else code
    assert (status, told["code"], told["field"]) == (403, expected, "currentPassword")
    row = Account.objects.get(pk=participant.pk)
    assert (row.password, row.email, row.deleted_at) == (
        participant.password,
        participant.email,
        None,
    )
    assert acts(participant) == []
    assert client.get("/account/list").status_code == 200


@ACTS
def test_with_the_password_it_is_done_written_down_and_other_sessions_end(
    act: str, as_: As, participant: Account, password: str
) -> None:
    here, elsewhere = as_(participant), as_(participant)
    assert send(here, participant, act, currentPassword=password)[0] in (200, 204)
    assert acts(participant) == [act]
    assert elsewhere.get("/account/list").status_code == 401
    assert here.get("/account/list").status_code == (401 if act == "delete account" else 200)
    if act == "change e-mail":
        assert (
            Client().post("/login", {"username": "paul", "password": password}).status_code == 200
        )


@pytest.mark.parametrize("act", ["change e-mail", "delete account"])
def test_the_documented_inputs_are_enough(
    act: str, as_: As, participant: Account, password: str
) -> None:
    credentials = {"username": "paul", "password": password}
    assert send(as_(participant), participant, act, **credentials)[0] in (200, 204)


@ACTS
def test_basic_credentials_are_the_password(
    act: str, as_: As, participant: Account, password: str
) -> None:
    method, fields = CHANGES[act]
    encoded = base64.b64encode(f"paul:{password}".encode()).decode()
    answer = Client().generic(
        method,
        f"/account/{participant.pk}/",
        _json(fields),
        content_type=JSON,
        headers={"Authorization": f"Basic {encoded}"},
    )
    assert answer.status_code in (200, 204)
    assert acts(participant) == [act]


@pytest.mark.parametrize(
    "fields", [{"firstName": "Paula"}, {"email": " paul@example.org "}, {"password": ""}]
)
def test_what_changes_neither_needs_no_password(
    fields: dict[str, str], as_: As, participant: Account
) -> None:
    here, elsewhere = as_(participant), as_(participant)
    answer = here.patch(f"/account/{participant.pk}/", fields, content_type=JSON)
    assert answer.status_code == 200
    assert acts(participant) == []
    assert elsewhere.get("/account/list").status_code == 200


@pytest.mark.parametrize("field", ["currentPassword", "password"])
def test_guesses_through_an_open_session_are_counted(
    field: str, as_: As, participant: Account, password: str, settings: Settings
) -> None:
    settings.SIGN_IN_ATTEMPTS = 2
    client = as_(participant)
    guesses = [{field: "guess"}] * 2 + [{field: password}]
    statuses = [send(client, participant, "change e-mail", **one)[0] for one in guesses]
    assert statuses == [403, 403, 429]


@pytest.mark.parametrize(("ago", "status"), [(60, 200), (3600, 403), (None, 403)])
def test_an_account_without_a_password_signs_in_again(
    ago: float | None, status: int, as_: As, participant: Account
) -> None:
    participant.set_unusable_password()
    participant.save()
    here, elsewhere = as_(participant), as_(participant)
    if ago is not None:
        session = here.session
        session[_SIGNED_IN_AT] = time.time() - ago
        session.save()
    assert send(here, participant, "change e-mail")[0] == status
    assert elsewhere.get("/account/list").status_code == (401 if status == 200 else 200)


@pytest.mark.parametrize("fields", [{"password": NEW}, {"email": "x@example.org"}])
@pytest.mark.parametrize("known", ["currentPassword", "password"])
def test_staff_take_no_account_over_and_learn_no_password(
    fields: dict[str, str], known: str, as_: As, participant: Account, staff: Account, password: str
) -> None:
    answers = []
    for guess in ("guess", password):
        sent = {**fields, known: guess}
        answer = as_(staff).patch(f"/account/{participant.pk}/", sent, content_type=JSON)
        document = answer.json()
        document.pop("request_id")
        answers.append((answer.status_code, document))
    assert answers[0] == answers[1]
    assert (answers[0][0], answers[0][1]["code"]) == (403, "owners-only")
    row = Account.objects.get(pk=participant.pk)
    assert (row.password, row.email) == (participant.password, participant.email)
