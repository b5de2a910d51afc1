import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.db.models import F
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from error_codes import coded
from valhub.accounts.models import Account, FailedSignIn
from valhub.accounts.services import sign_in_limits
from valhub.accounts.services.deletion import delete_account
from valhub.accounts.services.sign_in import check_credentials
from valhub.accounts.services.sign_in_limits import (
    SLOW_WINDOW,
    WINDOW,
    delete_old_failed_sign_ins,
)
from valhub.errors import NotSignedIn, TooMany
from valhub.http.statuses import status_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_(settings: Settings) -> HttpRequest:
    settings.SIGN_IN_ATTEMPTS = 3
    return RequestFactory().get("/login")


def guess(request: HttpRequest, times: int, username: str = "paul") -> None:
    for _ in range(times):
        with pytest.raises(NotSignedIn, check=coded("wrong-credentials")):
            check_credentials(request, username, "guess")


def move_failures(by: timedelta) -> None:
    FailedSignIn.objects.update(at=timezone.now() + by)


def test_user_name_and_password_find_the_account(
    request_: HttpRequest, participant: Account, password: str
) -> None:
    assert check_credentials(request_, " PAUL ", password) == participant
    assert not FailedSignIn.objects.exists()


def test_unknown_deleted_and_wrong_are_one_answer(
    request_: HttpRequest, participant: Account, outsider: Account, password: str
) -> None:
    delete_account(outsider)
    told = set()
    for name in ("paul", "nobody", "oscar", Account.objects.get(pk=outsider.pk).username):
        with pytest.raises(NotSignedIn, check=coded("wrong-credentials")) as caught:
            check_credentials(request_, name, "guess")
        told.add((caught.value.detail, caught.value.code, status_of(caught.value)))
    assert len(told) == 1


@pytest.mark.parametrize("name", ["paul", "nobody", "oscar", "stella"])
def test_every_failure_hashes_once(
    name: str,
    request_: HttpRequest,
    participant: Account,
    outsider: Account,
    staff: Account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Account.objects.filter(pk=outsider.pk).update(is_active=False)
    Account.objects.filter(pk=staff.pk).update(password="!unusable")
    hashed = []
    for method in ("encode", "verify"):
        slow = getattr(Argon2PasswordHasher, method)
        counted = lambda *args, slow=slow: (hashed.append(1), slow(*args))[1]  # noqa: E731
        monkeypatch.setattr(Argon2PasswordHasher, method, counted)
    guess(request_, 1, name)
    assert len(hashed) == 1


def test_after_too_many_failures_the_right_password_waits_too(
    request_: HttpRequest, participant: Account, password: str
) -> None:
    guess(request_, 3)
    with pytest.raises(TooMany, check=coded("too-many-sign-ins")):
        check_credentials(request_, "paul", password)


def test_being_refused_does_not_lengthen_the_wait(
    request_: HttpRequest, participant: Account
) -> None:
    guess(request_, 3)
    for _ in range(5):
        with pytest.raises(TooMany, check=coded("too-many-sign-ins")):
            check_credentials(request_, "paul", "guess")
    assert FailedSignIn.objects.count() == 3


@pytest.mark.parametrize("by", [-WINDOW - timedelta(seconds=1), timedelta(days=1)])
def test_failures_out_of_the_window_do_not_count(
    by: timedelta, request_: HttpRequest, participant: Account, password: str
) -> None:
    guess(request_, 3)
    move_failures(by)
    assert check_credentials(request_, "paul", password) == participant


def test_a_right_password_starts_the_count_again(
    request_: HttpRequest, participant: Account, password: str
) -> None:
    guess(request_, 2)
    check_credentials(request_, "paul", password)
    guess(request_, 3)


def test_another_address_and_another_name_are_counted_apart(
    request_: HttpRequest, participant: Account, password: str
) -> None:
    guess(request_, 3)
    guess(request_, 1, "oscar")
    elsewhere = RequestFactory().get("/login", REMOTE_ADDR="192.0.2.7")
    assert check_credentials(elsewhere, "paul", password) == participant


@pytest.mark.parametrize(
    ("first", "then", "kept_out"),
    [
        ("2001:db8:0:7::1", "2001:db8:0:7:ffff::2", True),
        ("2001:db8:0:7::1%eth0", "2001:db8:0:7::2%eth1", True),
        ("2001:db8:0:7::1", "2001:db8:0:8::1", False),
        ("192.0.2.7", "::ffff:192.0.2.7", True),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.8", False),
        ("192.0.2.7", "192.0.2.8", False),
        ("unknown", "unknown", True),
        ("", "unknown", False),
    ],
)
def test_an_ipv6_network_counts_as_one_address(
    *,
    first: str,
    then: str,
    kept_out: bool,
    request_: HttpRequest,
    participant: Account,
    password: str,
) -> None:
    guess(RequestFactory().get("/login", REMOTE_ADDR=first), 3)
    try:
        check_credentials(RequestFactory().get("/login", REMOTE_ADDR=then), "paul", password)
    except TooMany:
        assert kept_out
    else:
        assert not kept_out


@pytest.mark.parametrize(("behind_proxy", "kept_out"), [(True, False), (False, True)])
def test_a_forwarded_address_counts_only_behind_a_proxy(
    *,
    behind_proxy: bool,
    kept_out: bool,
    request_: HttpRequest,
    participant: Account,
    password: str,
    settings: Settings,
) -> None:
    settings.SECURE = behind_proxy
    guess(request_, 3)
    forwarded = RequestFactory().get("/login", headers={"X-Forwarded-For": "127.0.0.1, 192.0.2.7"})
    try:
        check_credentials(forwarded, "paul", password)
    except TooMany:
        assert kept_out
    else:
        assert not kept_out


def test_guesses_side_by_side_cannot_outrun_the_count(
    request_: HttpRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = []

    def authenticate_while_the_next_guess_comes(*_: object, **__: object) -> None:
        looked_at.append(1)
        with suppress(NotSignedIn, TooMany):
            check_credentials(request_, "paul", "guess")

    where = "valhub.accounts.services.sign_in.authenticate"
    monkeypatch.setattr(sign_in_limits, "CHECKED_WITHIN", timedelta(seconds=1))
    monkeypatch.setattr(where, authenticate_while_the_next_guess_comes)
    guess(request_, 1)
    assert len(looked_at) == 3


def test_old_failures_are_forgotten_and_names_never_stored(request_: HttpRequest) -> None:
    guess(request_, 2)
    assert not FailedSignIn.objects.filter(key__contains="paul").exists()
    move_failures(-SLOW_WINDOW)
    guess(request_, 1)
    assert (delete_old_failed_sign_ins(), FailedSignIn.objects.count()) == (2, 1)


def test_a_name_that_no_database_holds_is_unknown(request_: HttpRequest) -> None:
    guess(request_, 1, "paul\0")


@pytest.mark.django_db(transaction=True)
def test_right_passwords_side_by_side_all_pass(
    request_: HttpRequest, participant: Account, password: str
) -> None:
    def one(_: int) -> Account:
        try:
            return check_credentials(request_, "paul", password)
        finally:
            connection.close()

    with ThreadPoolExecutor(30) as pool:
        assert set(pool.map(one, range(30))) == {participant}
    assert not FailedSignIn.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_wrong_passwords_side_by_side_are_checked_no_more_often(
    request_: HttpRequest, participant: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = []

    def slow(*_: object, **__: object) -> None:
        checked.append(1)
        time.sleep(0.05)

    monkeypatch.setattr("valhub.accounts.services.sign_in.authenticate", slow)

    def one(_: int) -> str:
        try:
            check_credentials(request_, "paul", "guess")
        except (NotSignedIn, TooMany) as error:
            return error.code
        finally:
            connection.close()
        return "signed in"

    with ThreadPoolExecutor(12) as pool:
        codes = Counter(pool.map(one, range(12)))
    assert codes == {"wrong-credentials": 3, "too-many-sign-ins": 9}
    assert len(checked) == 3


def test_an_attempt_whose_process_was_killed_counts_as_a_failure(
    request_: HttpRequest, participant: Account, password: str
) -> None:
    guess(request_, 2)
    FailedSignIn.objects.filter(pk=FailedSignIn.objects.latest("id").pk).update(in_flight=True)
    FailedSignIn.objects.update(at=F("at") - timedelta(minutes=1))
    guess(request_, 1)
    with pytest.raises(TooMany):
        check_credentials(request_, "paul", password)


def test_a_failure_is_logged_with_name_and_address_and_without_the_password(
    request_: HttpRequest, participant: Account, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("WARNING"):
        guess(request_, 1)
    (line,) = (one.getMessage() for one in caplog.records if "sign_in_failed" in one.getMessage())
    assert "paul" in line
    assert "127.0.0.1" in line
    assert "guess" not in line


def test_a_logged_name_is_no_longer_than_one_can_be(
    request_: HttpRequest, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("WARNING"), pytest.raises(NotSignedIn):
        check_credentials(request_, "n" * 5000, "guess")
    (line,) = (one.getMessage() for one in caplog.records if "sign_in_failed" in one.getMessage())
    assert "n" * 150 in line
    assert "n" * 151 not in line
