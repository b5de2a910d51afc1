from contextlib import suppress

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from error_codes import coded
from valhub.accounts.models import Account
from valhub.accounts.services.registration import AccountChanges, register_account, update_account
from valhub.errors import Conflict, InvalidFields

pytestmark = pytest.mark.django_db


def register(**changes: str) -> Account:
    fields = {"username": "lisa1", "email": "lisa@example.org", "password": "poa-irradiance-9"}
    return register_account(**{**fields, **changes})


def faults_of(**changes: str) -> set[str]:
    with pytest.raises(InvalidFields) as caught:
        register(**changes)
    return {fault.field for fault in caught.value.faults}  # type: ignore[attr-defined]


def test_a_password_is_kept_as_an_argon2_hash_only() -> None:
    account = register()
    assert account.password.startswith("argon2$argon2id$")
    assert account.check_password("poa-irradiance-9")


TAKEN = [
    {"username": username, "email": "other@example.org"}
    for username in ("lisa1", "LISA1", " Lisa1 ", "\uff4cisa1", "Iisa1", "lisal")
] + [
    {"username": "other", "email": "lisa@example.org"},
    {"username": "other", "email": "Lisa@Example.org"},
    {"username": "lisa1", "email": "lisa@example.org"},
]


@pytest.mark.parametrize("names", TAKEN)
def test_nobody_is_told_whether_a_name_or_an_address_is_taken(names: dict[str, str]) -> None:
    register()
    with pytest.raises(Conflict, check=coded("name-taken"), match="user name or the e-mail") as hit:
        register(**names)
    assert hit.value.field is None


@pytest.mark.parametrize("names", [{"username": "other", "email": "o@example.org"}, *TAKEN])
def test_a_password_is_hashed_once_whatever_is_taken(
    names: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    register()
    hashed = []
    slow = Argon2PasswordHasher.encode
    counted = lambda *args, **more: (hashed.append(1), slow(*args, **more))[1]  # noqa: E731
    monkeypatch.setattr(Argon2PasswordHasher, "encode", counted)
    with suppress(Conflict):
        register(**names)
    assert len(hashed) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "lisa lee"),
        ("username", "lisa\u202e1"),
        ("username", "x" * 151),
        ("username", "\u0390" * 100),  # Folds to three letters each.
        ("email", "lisa"),
        ("email", f"{'x' * 250}@example.org"),
        ("password", "12345678901"),
        ("password", "short"),
        ("password", "x9" * 600),
    ],
)
def test_a_field_that_cannot_be_used_is_named(field: str, value: str) -> None:
    assert faults_of(**{field: value}) == {field}
    assert not Account.objects.exists()


@pytest.mark.parametrize("link", ["lisa", "javascript:alert(1)", "ftp://example.org/x"])
def test_a_link_is_an_address_of_the_web(link: str) -> None:
    assert faults_of(github_link=link) == {"githubLink"}


def test_everything_wrong_is_told_at_once() -> None:
    assert faults_of(username="", email="lisa", password="1") == {"username", "email", "password"}


def test_a_password_like_the_user_name_is_refused() -> None:
    assert faults_of(username="irradiance-lisa", password="irradiance-lisa1") == {"password"}


def test_an_update_changes_what_is_given_and_nothing_else(participant: Account) -> None:
    updated = update_account(participant, AccountChanges(first_name="Paula"))
    assert (updated.first_name, updated.last_name) == ("Paula", "Lee")
    assert updated.password == participant.password


def test_an_update_to_anothers_name_changes_nothing(
    participant: Account, outsider: Account
) -> None:
    changes = AccountChanges(username=outsider.username.upper(), first_name="Paula")
    with pytest.raises(Conflict, check=coded("name-taken")):
        update_account(participant, changes)
    participant.refresh_from_db()
    assert (participant.username, participant.first_name) == ("paul", "Paul")


def test_ones_own_name_in_another_case_may_be_taken(participant: Account) -> None:
    assert update_account(participant, AccountChanges(username="PAUL")).username == "PAUL"


@pytest.mark.parametrize("same", ["", "correct horse battery staple"])
def test_no_password_or_the_same_leaves_the_hash_as_it_is(participant: Account, same: str) -> None:
    updated = update_account(participant, AccountChanges(password=same))
    assert updated.password == participant.password


def test_an_empty_link_takes_the_link_away(participant: Account) -> None:
    update_account(participant, AccountChanges(github_link="https://github.com/paul"))
    assert update_account(participant, AccountChanges(github_link="")).github_link is None
