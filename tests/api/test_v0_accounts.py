import json
from collections.abc import Callable

import pytest
from django.test import Client

from valhub.accounts.models import Account

pytestmark = pytest.mark.django_db

As = Callable[[Account | None], Client]
LISA = {
    "username": "lisa1",
    "email": "lisa@gmail.com",
    "password": "poa-irradiance-9",
    "firstName": "lisa",
    "lastName": "Lee",
}


def address(account: Account) -> str:
    return f"/account/{account.pk}/"


def send(client: Client, method: str, path: str, **fields: object) -> tuple[int, dict[str, object]]:
    answer = client.generic(method, path, json.dumps(fields), content_type="application/json")
    return answer.status_code, json.loads(answer.content or "{}")


def test_register_answers_with_the_documented_object(as_: As) -> None:
    status, told = send(as_(None), "POST", "/register", **LISA)
    identity = str(Account.objects.get().pk)
    assert status == 200
    assert told == {**LISA, "id": identity, "password": "", "githubLink": None}


def test_register_takes_a_form_too(as_: As) -> None:
    answer = as_(None).post("/register", {**LISA, "githubLink": "https://github.com/lisa"})
    assert answer.json()["githubLink"] == "https://github.com/lisa"


def test_register_tells_a_taken_name_and_a_taken_address_alike(as_: As) -> None:
    send(as_(None), "POST", "/register", **LISA)
    answers = []
    for other in ({"email": "l@gmail.com"}, {"username": "lee"}, {}):
        status, told = send(as_(None), "POST", "/register", **{**LISA, **other})
        told.pop("request_id")
        answers.append((status, told))
    assert answers[0] == answers[1] == answers[2]
    assert (answers[0][0], answers[0][1]["code"]) == (409, "name-taken")
    assert "field" not in answers[0][1]


def test_register_names_the_rule_a_password_breaks(as_: As) -> None:
    status, told = send(as_(None), "POST", "/register", **{**LISA, "password": "123"})
    assert (status, told["code"], told["field"]) == (422, "invalid-fields", "password")
    assert "at least 8 characters" in str(told["detail"])


@pytest.mark.parametrize("field", ["username", "email", "password"])
@pytest.mark.parametrize("value", [None, 7, ["x"], {}, True, "", "a\0b", "\ud800", "x" * 10_000])
def test_register_never_stores_what_it_cannot_use(as_: As, field: str, value: object) -> None:
    status, told = send(as_(None), "POST", "/register", **{**LISA, field: value})
    assert status == 422
    assert field in str(told["detail"])
    assert not Account.objects.exists()


def test_list_shows_oneself_only(as_: As, participant: Account, outsider: Account) -> None:
    (told,) = as_(participant).get("/account/list").json()
    assert told["id"] == str(participant.pk)


def test_list_shows_staff_everybody_but_the_deleted(
    as_: As, staff: Account, participant: Account, outsider: Account, password: str
) -> None:
    send(as_(outsider), "DELETE", address(outsider), currentPassword=password)
    told = as_(staff).get("/account/list").json()
    assert {account["username"] for account in told} == {"stella", "paul"}
    assert {account["password"] for account in told} == {""}


def test_list_is_for_those_who_are_signed_in(as_: As) -> None:
    answer = as_(None).get("/account/list")
    assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST"])
def test_update_changes_what_is_sent_and_tells_the_object(
    as_: As, participant: Account, method: str
) -> None:
    client = as_(participant)
    before = client.get(address(participant)).json()
    status, told = send(client, method, address(participant), firstName="Paula")
    assert (status, told) == (200, {**before, "firstName": "Paula"})


def test_an_object_that_was_read_can_be_sent_back(as_: As, participant: Account) -> None:
    client = as_(participant)
    before = client.get(address(participant)).json()
    assert send(client, "PUT", address(participant), **before) == (200, before)
    participant.refresh_from_db()
    assert participant.has_usable_password()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST"])
def test_update_takes_a_multipart_form(as_: As, participant: Account, method: str) -> None:
    body = '--x\r\nContent-Disposition: form-data; name="lastName"\r\n\r\nŁęe\r\n--x--\r\n'
    answer = as_(participant).generic(
        method, address(participant), body, content_type="multipart/form-data; boundary=x"
    )
    assert answer.json()["lastName"] == "Łęe"


def test_a_null_link_takes_the_link_away(as_: As, participant: Account) -> None:
    Account.objects.update(github_link="https://github.com/paul")
    told = send(as_(participant), "PATCH", address(participant), githubLink=None)[1]
    assert told["githubLink"] is None


def test_an_id_cannot_be_changed(as_: As, participant: Account, outsider: Account) -> None:
    told = send(as_(participant), "PATCH", address(participant), id=str(outsider.pk))
    assert (told[0], told[1]["field"]) == (422, "id")


def test_a_new_password_keeps_this_session_and_ends_the_others(
    as_: As, participant: Account, password: str
) -> None:
    here, elsewhere = as_(participant), as_(participant)
    changes = {"password": "poa-irradiance-9", "currentPassword": password}
    assert send(here, "PATCH", address(participant), **changes)[0] == 200
    assert here.get("/account/list").status_code == 200
    assert elsewhere.get("/account/list").status_code == 401


@pytest.mark.parametrize("role", ["is_staff", "is_superuser", "is_organiser", "is_active"])
def test_nobody_gives_themselves_a_role(as_: As, participant: Account, role: str) -> None:
    before = getattr(participant, role)
    send(as_(participant), "PATCH", address(participant), **{role: not before})
    participant.refresh_from_db()
    assert getattr(participant, role) is before


def test_delete_leaves_nothing_to_read(
    as_: As, participant: Account, staff: Account, password: str
) -> None:
    fields = {"currentPassword": password}
    assert send(as_(participant), "DELETE", address(participant), **fields)[0] == 204
    assert as_(staff).get(address(participant)).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "POST", "DELETE"])
@pytest.mark.parametrize(
    ("who", "expected"), [("nobody", 401), ("outsider", 404), ("organiser", 404)]
)
def test_an_account_is_nobody_elses(
    request: pytest.FixtureRequest, as_: As, participant: Account, method: str, who: str,
    expected: int,
) -> None:  # fmt: skip
    client = as_(None if who == "nobody" else request.getfixturevalue(who))
    assert send(client, method, address(participant))[0] == expected
    participant.refresh_from_db()
    assert participant.deleted_at is None


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "POST", "DELETE"])
def test_staff_may_do_it_for_others(
    as_: As, participant: Account, staff: Account, method: str
) -> None:
    expected = 204 if method == "DELETE" else 200
    assert send(as_(staff), method, address(participant))[0] == expected


def test_staff_cannot_take_over_a_superuser(as_: As, participant: Account, staff: Account) -> None:
    Account.objects.filter(pk=participant.pk).update(is_superuser=True)
    told = send(as_(staff), "PATCH", address(participant), password="poa-irradiance-9")
    assert (told[0], told[1]["code"]) == (403, "forbidden")


def test_user_name_and_password_among_the_inputs_tell_who_calls(
    as_: As, participant: Account, password: str
) -> None:
    credentials = {"username": "paul", "password": password}
    assert as_(None).get(address(participant), credentials).status_code == 200
    fields = {**credentials, "lastName": "Lie"}
    status, told = send(as_(None), "PUT", address(participant), **fields)
    assert (status, told["lastName"], told["password"]) == (200, "Lie", "")
    assert send(as_(None), "DELETE", address(participant), **credentials)[0] == 204


def test_wrong_inputs_for_who_calls_change_nothing(as_: As, participant: Account) -> None:
    fields = {"username": "paul", "password": "guess", "lastName": "Lie"}
    assert send(as_(None), "PUT", address(participant), **fields)[0] == 401
    participant.refresh_from_db()
    assert participant.last_name == "Lee"
