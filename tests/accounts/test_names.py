"""One rule for the names of people: visible, in one alphabet, and unlike anybody else's."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from error_codes import coded
from valhub.accounts.models import Account
from valhub.accounts.services.registration import AccountChanges, register_account, update_account
from valhub.accounts.similar_names import look_of, mixes_alphabets
from valhub.errors import Conflict, InvalidFields

CYRILLIC_PAUL = "\u0440\u0430ul"


def register(username: str, **changes: str) -> Account:
    fields = {"email": f"{Account.objects.count()}@example.org", "password": "poa-irradiance-9"}
    return register_account(username=username, **{**fields, **changes})


ALIKE = [
    ("paul", "PauI"),
    ("paul", "pau1"),
    ("solar", "s0lar"),
    ("modern", "rnodern"),
    ("copy", "\u0441\u043e\u0440\u0443"),
    ("nova", "\u03b7\u03bf\u03bd\u03b1"),
    ("BOB", "\u0412\u041e\u0412"),
    ("\u0441\u043e\u0440\u0443", "copy"),
]
UNLIKE = [
    ("paul", "paula"),
    ("pail", "pall"),
    ("jose", "jos\u00e9"),
    ("iris", "lars"),
    ("u2", "u3"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("first", "second"), ALIKE)
def test_name_that_looks_like_anothers_is_refused(first: str, second: str) -> None:
    register(first)
    with pytest.raises(Conflict, check=coded("name-taken"), match="looks like another"):
        register(second)
    assert Account.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("first", "second"), UNLIKE)
def test_names_that_can_be_told_apart_are_both_taken(first: str, second: str) -> None:
    register(first)
    assert register(second).username == second


@pytest.mark.django_db
def test_name_cannot_be_changed_to_look_like_anothers(
    participant: Account, outsider: Account
) -> None:
    changes = AccountChanges(username=outsider.username.replace("o", "0").replace("l", "1"))
    assert changes.username != outsider.username
    with pytest.raises(Conflict, check=coded("name-taken"), match="looks like another"):
        update_account(participant, changes)


@pytest.mark.django_db
def test_case_of_a_letter_cannot_be_changed_to_look_like_anothers(participant: Account) -> None:
    register("maui")
    register("maul")
    account = Account.objects.get(username="maui")
    with pytest.raises(Conflict, check=coded("name-taken"), match="looks like another"):
        update_account(account, AccountChanges(username="mauI"))
    assert update_account(account, AccountChanges(username="Maui")).username == "Maui"


@pytest.mark.parametrize(
    ("name", "mixes"),
    [
        (CYRILLIC_PAUL, True),
        ("paul\u03b1", True),
        ("\u0434\u03b1", True),
        ("paul", False),
        ("\u0438\u0432\u0430\u043d.2024", False),
        ("山田taro", False),
        ("やまだ山田ヤマダ", False),
        ("김paul", False),
        ("やまだ김", True),
        ("b\u0e50b", True),
        ("b\u0966b", True),
        ("\u0645\u0631\u06cc\u0645\u06f1\u06f2", False),
        ("山田三taro", False),
    ],
)
def test_alphabets_that_nobody_writes_together(name: str, mixes: bool) -> None:
    assert mixes_alphabets(name) is mixes


INVISIBLE = ["\u200b", "\u202e", "\u2066", "\u00ad", "\ufeff", "\x1b", "\u3164", "\u2028"]


@pytest.mark.django_db
@pytest.mark.parametrize("character", INVISIBLE)
@pytest.mark.parametrize(
    ("field", "label"),
    [("username", "username"), ("first_name", "firstName"), ("last_name", "lastName")],
)
def test_character_that_nobody_sees_is_refused(field: str, label: str, character: str) -> None:
    fields = {"username": "paul", field: f"pa{character}ul"}
    with pytest.raises(InvalidFields) as caught:
        register(**fields)
    assert {fault.field for fault in caught.value.faults} == {label}  # type: ignore[attr-defined]
    assert not Account.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "text", "label"),
    [
        ("email", "paul@ex\u202eample.org", "email"),
        ("github_link", "https://example.org/\u202ex", "githubLink"),
        ("username", CYRILLIC_PAUL, "username"),
    ],
)
def test_text_that_no_page_can_show_is_refused(field: str, text: str, label: str) -> None:
    with pytest.raises(InvalidFields) as caught:
        register(**{"username": "paul", field: text})
    assert {fault.field for fault in caught.value.faults} == {label}  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_names_are_stored_composed() -> None:
    account = register("jose\u0301", first_name=" Jose\u0301   Maria ")
    assert (account.username, account.first_name) == ("jos\u00e9", "Jos\u00e9 Maria")


@pytest.mark.django_db
def test_old_name_keeps_nobody_from_changing_the_rest(participant: Account) -> None:
    Account.objects.filter(pk=participant.pk).update(
        username=CYRILLIC_PAUL, username_folded=CYRILLIC_PAUL, first_name="Pa\u200bul"
    )
    changes = AccountChanges(username=CYRILLIC_PAUL, last_name="Lee-Smith")
    assert update_account(participant, changes).last_name == "Lee-Smith"


@pytest.mark.django_db
def test_older_accounts_get_their_look_and_the_first_one_has_it(
    participant: Account, outsider: Account
) -> None:
    Account.objects.filter(pk=outsider.pk).update(username="PauI")
    Account.objects.update(username_look=None)
    migration = import_module("valhub.accounts.migrations.0002_username_look")
    migration.fill_in(apps, connection.schema_editor())
    looks = set(Account.objects.values_list("username_look", flat=True))
    assert looks == {look_of("paul"), None}
