"""The page on which people change their password, and what becomes of sessions and tokens."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from valhub.accounts.models import Account, AuditEntry, FailedSignIn
from valhub.accounts.services.administration import reset_password
from valhub.accounts.services.passwords import replace_password
from valhub.accounts.services.tokens import make_token
from valhub.errors import InvalidFields

pytestmark = pytest.mark.django_db

As = Callable[[Account | None], Client]
PAGE = "/change-password"
NEW = "clear-sky-index-7"


def change(client: Client, **fields: str) -> tuple[int, str]:
    answer = client.post(PAGE, fields)
    return answer.status_code, answer.content.decode()


def audited(account: Account) -> list[tuple[str, dict[str, object]]]:
    entries = AuditEntry.objects.filter(subject=f"account {account.pk}")
    return [(entry.act, entry.details) for entry in entries]


@pytest.mark.parametrize(
    ("ticked", "left", "details", "says"),
    [
        ({}, 1, {}, "Tokens of your programs still work."),
        ({"revoke": "yes"}, 0, {"tokens_revoked": 1}, "All tokens of your programs are revoked."),
    ],
)
def test_a_change_ends_other_sessions_and_asks_about_tokens(
    as_: As,
    participant: Account,
    password: str,
    ticked: dict[str, str],
    left: int,
    details: dict[str, object],
    says: str,
) -> None:
    here, elsewhere = as_(participant), as_(participant)
    make_token(participant, name="laptop", scopes=[])
    status, text = change(here, current=password, password=NEW, **ticked)
    assert (status, says in text) == (200, True)
    assert [one.get("/account/list").status_code for one in (here, elsewhere)] == [200, 401]
    assert Client().login(username="paul", password=NEW)
    assert participant.tokens.count() == left
    assert audited(participant) == [("change password", details)]


@pytest.mark.parametrize(
    ("given", "status", "says", "failures"),
    [
        ({"current": "guess", "password": NEW}, 403, "This is not your current password.", 1),
        ({"password": NEW}, 403, "This is not your current password.", 0),
        ({"current": "right", "password": ""}, 422, "Enter another password", 0),
        ({"current": "right", "password": "right"}, 422, "Enter another password", 0),
        ({"current": "right", "password": "123"}, 422, 'aria-invalid="true"', 0),
    ],
)
def test_what_is_wrong_stands_on_the_page_and_guesses_count(
    as_: As,
    participant: Account,
    password: str,
    given: dict[str, str],
    status: int,
    says: str,
    failures: int,
) -> None:
    given = {name: password if text == "right" else text for name, text in given.items()}
    answer = change(as_(participant), revoke="yes", **given)
    assert (answer[0], says in answer[1]) == (status, True), answer[1]
    assert FailedSignIn.objects.count() == failures
    assert audited(participant) == []
    assert Client().login(username="paul", password=password)


def test_guesses_are_limited_on_the_staffs_way_too(
    as_: As, staff: Account, settings: Settings
) -> None:
    settings.SIGN_IN_ATTEMPTS = 2
    client = as_(staff)
    assert client.get("/admin/password_change/")["Location"] == PAGE
    answers = [change(client, current=f"guess {n}", password=NEW)[0] for n in range(3)]
    assert answers == [403, 403, 429]


@pytest.mark.parametrize("same", [True, False])
def test_a_reset_ends_every_way_in_also_with_the_same_password(
    as_: As, participant: Account, organiser: Account, password: str, *, same: bool
) -> None:
    session = as_(participant)
    for account in (participant, organiser):
        make_token(account, name="laptop", scopes=[])
    after = password if same else NEW
    assert reset_password(participant, password=after, by="command root") == 1
    assert session.get("/account/list").status_code == 401
    assert Client().login(username="paul", password=after)
    assert (participant.tokens.count(), organiser.tokens.count()) == (0, 1)
    assert audited(participant) == [("reset password", {"tokens_revoked": 1})]


def test_a_weak_password_replaces_nothing(as_: As, participant: Account) -> None:
    session = as_(participant)
    make_token(participant, name="laptop", scopes=[])
    with pytest.raises(InvalidFields):
        replace_password(participant, "123", act="reset password", by="command root")
    assert session.get("/account/list").status_code == 200
    assert participant.tokens.count() == 1
    assert audited(participant) == []


def test_my_submissions_lead_there(as_: As, participant: Account) -> None:
    assert f'href="{PAGE}"' in as_(participant).get("/submissions").content.decode()
    assert 'name="current"' in as_(participant).get(PAGE).content.decode()


def test_who_has_no_password_is_not_asked_for_it(as_: As, participant: Account) -> None:
    participant.set_unusable_password()
    participant.save()
    client = as_(participant)
    assert 'name="current"' not in client.get(PAGE).content.decode()
    assert change(client, password=NEW)[0] == 403
