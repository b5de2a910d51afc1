"""Guesses that are spread over networks or names are slowed down, and owners are not kept out."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from valhub.accounts.models import Account, FailedSignIn, KnownSource
from valhub.accounts.services.deletion import delete_account
from valhub.accounts.services.known_sources import KEPT, delete_old_sources
from valhub.accounts.services.sign_in import check_credentials
from valhub.accounts.services.sign_in_limits import PAUSE, SLOW_WINDOW
from valhub.errors import NotSignedIn, TooMany

pytestmark = pytest.mark.django_db

HOME, ELSEWHERE = "192.0.2.7", "198.51.100.9"


@pytest.fixture(autouse=True)
def limits(settings: Settings) -> None:
    settings.SIGN_IN_ATTEMPTS = 100
    settings.SIGN_IN_ATTEMPTS_PER_NAME = 3
    settings.SIGN_IN_ATTEMPTS_PER_NETWORK = 5


def from_(address: str) -> HttpRequest:
    return RequestFactory().get("/login", REMOTE_ADDR=address)


def outcome(username: str, password: str, address: str) -> str:
    try:
        check_credentials(from_(address), username, password)
    except (NotSignedIn, TooMany) as error:
        return error.code
    return "in"


def spread(username: str, times: int) -> list[str]:
    """Guess, each time from another network."""
    return [outcome(username, "guess", f"203.0.113.{number}") for number in range(times)]


def guess_names(address: str, times: int) -> list[str]:
    """Guess from one network, each time for another name."""
    return [outcome(f"name{number}", "guess", address) for number in range(times)]


def age_failures(by: timedelta) -> None:
    FailedSignIn.objects.update(at=F("at") - by)


WRONG, SLOWED = "wrong-credentials", "too-many-sign-ins"


@pytest.mark.parametrize("username", ["paul", "nobody", " PAUL "])
def test_guesses_from_many_networks_are_bounded(username: str, participant: Account) -> None:
    assert spread(username, 6) == [WRONG] * 3 + [SLOWED] * 3
    # Control: another name is not concerned.
    assert outcome("oscar", "guess", ELSEWHERE) == WRONG


@pytest.mark.parametrize(
    ("first", "then", "slowed"),
    [
        (HOME, HOME, True),
        (HOME, ELSEWHERE, False),
        ("2001:db8:7::1", "2001:db8:7:9::1", True),
        ("2001:db8:7::1", "2001:db8:8::1", False),
        (HOME, f"::ffff:{HOME}", True),
    ],
)
def test_guesses_for_many_names_are_bounded(*, first: str, then: str, slowed: bool) -> None:
    assert guess_names(first, 7) == [WRONG] * 5 + [SLOWED] * 2
    assert outcome("paul", "guess", then) == (SLOWED if slowed else WRONG)


def test_beyond_a_limit_one_attempt_a_minute_is_checked(participant: Account) -> None:
    spread("paul", 4)
    for _ in range(2):
        age_failures(PAUSE)
        assert spread("paul", 2) == [WRONG, SLOWED]
    with pytest.raises(TooMany) as caught:
        check_credentials(from_(HOME), "paul", "guess")
    assert 1 <= caught.value.retry_after_s <= PAUSE.total_seconds()


def test_an_owner_somewhere_new_gets_in_within_the_pause(
    participant: Account, password: str
) -> None:
    spread("paul", 4)
    assert outcome("paul", password, ELSEWHERE) == SLOWED
    age_failures(PAUSE)
    assert outcome("paul", password, ELSEWHERE) == "in"


@pytest.mark.parametrize("guessed", ["paul", "everybody"])
def test_strangers_keep_no_owner_out_of_where_they_signed_in_before(
    guessed: str, participant: Account, outsider: Account, password: str
) -> None:
    assert outcome("paul", password, HOME) == "in"
    spread("paul", 6) if guessed == "paul" else guess_names(HOME, 8)
    assert outcome("paul", password, HOME) == "in"
    # Control: who has not signed in from there is slowed down, and so is Paul elsewhere.
    someone = ("paul", ELSEWHERE) if guessed == "paul" else ("oscar", HOME)
    assert outcome(someone[0], password, someone[1]) == SLOWED


def test_owners_who_mistype_at_home_slow_nobody_down(
    participant: Account, outsider: Account, password: str
) -> None:
    assert outcome("paul", password, HOME) == "in"
    assert {outcome("paul", "typo", HOME) for _ in range(9)} == {WRONG}
    assert outcome("oscar", password, HOME) == "in"
    assert outcome("paul", password, ELSEWHERE) == "in"


def test_an_own_account_does_not_start_the_count_of_its_network_again(
    participant: Account, password: str
) -> None:
    guess_names(HOME, 3)
    assert outcome("paul", password, HOME) == "in"
    assert guess_names(HOME, 3) == [WRONG, WRONG, SLOWED]


@pytest.mark.parametrize("by", [-SLOW_WINDOW - timedelta(seconds=1), timedelta(days=3)])
def test_failures_out_of_the_day_do_not_count(by: timedelta, participant: Account) -> None:
    spread("paul", 4)
    FailedSignIn.objects.update(at=timezone.now() + by)
    assert spread("paul", 1) == [WRONG]


def test_a_clock_that_was_set_back_keeps_nobody_out_for_long(
    participant: Account, password: str
) -> None:
    spread("paul", 4)
    FailedSignIn.objects.update(at=timezone.now() + timedelta(hours=2))
    assert outcome("paul", password, ELSEWHERE) == "in"


def test_where_somebody_signed_in_is_kept_as_a_hash_and_for_so_long(
    participant: Account, password: str
) -> None:
    outcome("paul", password, HOME)
    outcome("paul", password, HOME)
    (row,) = KnownSource.objects.all()
    assert HOME not in row.key
    KnownSource.objects.update(at=timezone.now() - timedelta(days=2))
    outcome("paul", password, HOME)
    assert KnownSource.objects.get().at > timezone.now() - timedelta(days=1)
    KnownSource.objects.update(at=timezone.now() - KEPT)
    spread("paul", 3)
    assert outcome("paul", password, HOME) == SLOWED
    assert (delete_old_sources(), KnownSource.objects.count()) == (1, 0)


def test_nothing_of_it_stays_when_an_account_is_deleted(
    participant: Account, password: str
) -> None:
    outcome("paul", password, HOME)
    delete_account(participant)
    assert not KnownSource.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("right", [True, False])
def test_side_by_side_right_ones_pass_and_wrong_ones_are_bounded(
    *, right: bool, participant: Account, password: str
) -> None:
    def one(number: int) -> str:
        try:
            return outcome("paul", password if right else "guess", f"203.0.113.{number}")
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        codes = Counter(pool.map(one, range(10)))
    assert codes == ({"in": 10} if right else {WRONG: 3, SLOWED: 7})


def test_the_first_limit_holds_at_home_too(
    participant: Account, password: str, settings: Settings
) -> None:
    settings.SIGN_IN_ATTEMPTS = 2
    outcome("paul", password, HOME)
    assert [outcome("paul", "guess", HOME) for _ in range(3)] == [WRONG, WRONG, SLOWED]
    with suppress(TooMany):
        check_credentials(from_(HOME), "paul", password)
        pytest.fail("signed in")
