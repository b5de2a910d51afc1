import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from error_codes import coded
from valhub.accounts.models import Account
from valhub.accounts.services.registration import AccountChanges, update_account
from valhub.accounts.services.remembered_credentials import recognise_account
from valhub.errors import NotSignedIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_() -> HttpRequest:
    return RequestFactory().get("/account/list")


@pytest.fixture
def recognised(request_: HttpRequest, participant: Account, password: str) -> Account:
    """Recognised once, and so remembered."""
    return recognise_account(request_, "paul", password)


def test_a_right_password_is_hashed_once_a_minute(
    request_: HttpRequest,
    recognised: Account,
    password: str,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(1):
        assert recognise_account(request_, "PAUL", password) == recognised


def test_a_wrong_password_is_wrong_all_the_same(request_: HttpRequest, recognised: Account) -> None:
    for _ in range(2):
        with pytest.raises(NotSignedIn, check=coded("wrong-credentials")):
            recognise_account(request_, "paul", "guess")


def test_a_new_password_voids_what_is_remembered(
    request_: HttpRequest, recognised: Account, password: str
) -> None:
    update_account(recognised, AccountChanges(password="poa-irradiance-9"))
    with pytest.raises(NotSignedIn, check=coded("wrong-credentials")):
        recognise_account(request_, "paul", password)


def test_who_was_shut_out_is_not_recognised(
    request_: HttpRequest, recognised: Account, password: str
) -> None:
    Account.objects.filter(pk=recognised.pk).update(is_active=False)
    with pytest.raises(NotSignedIn, check=coded("wrong-credentials")):
        recognise_account(request_, "paul", password)
