"""One network registers so many accounts a day, and asks no more often whether one exists."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from valhub.accounts.models import Account, RegistrationAttempt
from valhub.accounts.services.registration_limit import WINDOW, delete_old_registration_attempts

pytestmark = pytest.mark.django_db

As = Callable[[Account | None], Client]


@pytest.fixture(autouse=True)
def limit(settings: Settings) -> None:
    settings.REGISTRATIONS_PER_NETWORK = 3


def register(number: int, address: str = "192.0.2.7", **changes: str) -> HttpResponse:
    person = {"username": f"person{number}", "email": f"{number}@example.org"}
    fields = {**person, "password": "poa-irradiance-9", **changes}
    return Client().post("/register", fields, REMOTE_ADDR=address)


def test_a_network_registers_so_many_a_day() -> None:
    answers = [register(number) for number in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[3].json()["code"] == "too-many-registrations"
    assert "At most 3 registrations" in answers[3].json()["detail"]
    assert 86_000 < int(answers[3].headers["Retry-After"]) <= 86_400
    assert Account.objects.count() == RegistrationAttempt.objects.count() == 3


@pytest.mark.parametrize(
    ("first", "then", "status"),
    [
        ("192.0.2.7", "192.0.2.8", 200),
        ("192.0.2.7", "::ffff:192.0.2.7", 429),
        ("2001:db8:7::1", "2001:db8:7:ffff::1", 429),
        ("2001:db8:7::1", "2001:db8:8::1", 200),
    ],
)
def test_a_network_is_an_address_or_what_a_site_is_given(
    first: str, then: str, status: int
) -> None:
    for number in range(3):
        register(number, first)
    assert register(3, then).status_code == status


@pytest.mark.parametrize("taken", [{"email": "0@example.org"}, {"username": "person0"}])
def test_asking_whether_a_name_is_taken_counts(taken: dict[str, str]) -> None:
    assert register(0).status_code == 200
    statuses = [register(number, **taken).status_code for number in range(1, 5)]
    assert statuses == [409, 409, 429, 429]


@pytest.mark.parametrize("invalid", [{"password": "short"}, {"email": "x"}, {"username": ""}])
def test_what_is_refused_for_its_form_does_not_count(invalid: dict[str, str]) -> None:
    for number in range(5):
        assert register(number, **invalid).status_code == 422
    assert register(6).status_code == 200


def test_after_a_day_the_oldest_counts_no_more() -> None:
    for number in range(3):
        register(number)
    first = RegistrationAttempt.objects.earliest("id")
    at = timezone.now() - WINDOW + timedelta(0, 90)
    RegistrationAttempt.objects.filter(pk=first.pk).update(at=at)
    assert 1 <= int(register(4).headers["Retry-After"]) <= 91
    RegistrationAttempt.objects.filter(pk=first.pk).update(at=at - timedelta(0, 100))
    assert register(4).status_code == 200
    assert delete_old_registration_attempts() == 1


def test_a_clock_that_was_set_back_keeps_nobody_out() -> None:
    for number in range(3):
        register(number)
    RegistrationAttempt.objects.update(at=timezone.now() + 2 * WINDOW)
    assert register(4).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_registrations_side_by_side_do_not_pass_together() -> None:
    def one(number: int) -> int:
        try:
            return register(number).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        statuses = Counter(pool.map(one, range(8)))
    assert set(statuses) <= {200, 429}
    assert statuses[200] == Account.objects.count() <= 3


def test_changes_of_names_count_too(as_: As, participant: Account, outsider: Account) -> None:
    def change(**fields: str) -> int:
        address = f"/account/{participant.pk}/"
        kind = "application/json"
        return as_(participant).patch(address, fields, content_type=kind).status_code

    assert [change(username="oscar") for _ in range(4)] == [409, 409, 409, 429]
    # Control: what is nobody's name is no question.
    assert change(firstName="Paula", username="paul") == 200
