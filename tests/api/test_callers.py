"""Who calls, as the headers of a request say."""

import base64

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from valhub.api import callers
from valhub.api.callers import (
    BrokenAuthorization,
    basic_credentials,
    caller,
    refuse_other_sites,
    signed_in_caller,
)
from valhub.errors import Forbidden, NotSignedIn

BROKEN = [
    "",
    "Basic",
    "Basic cGF1bA==",
    "Basic !!!!",
    "Basic cGF1bDpwdw",
    "Basic cGF1 bDpwdw==",
    "Basic /////w==",
    "Bearer cGF1bDpwdw==",
    "Basic cGF1bDoA",
    "cGF1bDpwdw==",
]


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def request(**headers):
    made = RequestFactory().post("/", headers=headers)
    made.user = AnonymousUser()
    return made


def read(header):
    return basic_credentials(request(authorization=header))


def test_no_header_has_no_credentials():
    assert basic_credentials(request()) is None


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_credentials_are_read(scheme):
    assert read(f"{scheme} {encoded('paul:pw')}") == ("paul", "pw")


def test_a_password_may_have_colons_and_any_letters():
    assert read(f"Basic  {encoded('pé:a:b c')} ") == ("pé", "a:b c")
    assert read(f"Basic {encoded(':')}") == ("", "")


@pytest.mark.parametrize("header", BROKEN)
def test_broken_credentials_are_refused(header):
    with pytest.raises(BrokenAuthorization):
        read(header)


def test_nobody_is_nobody():
    assert caller(request()) is None
    with pytest.raises(NotSignedIn):
        signed_in_caller(request())


@pytest.mark.django_db
def test_a_session_or_credentials_name_the_caller(participant, organiser, password):
    asked = request()
    asked.user = participant
    assert caller(asked) == signed_in_caller(asked) == participant
    asked = request(authorization=f"Basic {encoded(f'olivia:{password}')}")
    asked.user = participant
    assert caller(asked) == signed_in_caller(asked) == organiser


@pytest.mark.django_db
def test_the_log_names_the_caller(participant, monkeypatch):
    named = []
    monkeypatch.setattr(callers, "bind_account", named.append)
    asked = request()
    asked.user = participant
    caller(asked)
    assert named == [participant.pk]


def refused(**headers):
    try:
        refuse_other_sites(request(**{k.replace("_", "-"): v for k, v in headers.items()}))
    except Forbidden as error:
        return error.code == "cross-site" and "Another site's page sent this" in str(error)
    return False


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"sec_fetch_site": "none"}, False),
        ({"sec_fetch_site": "same-origin"}, False),
        ({"sec_fetch_site": "same-site"}, True),
        ({"sec_fetch_site": "cross-site"}, True),
        ({"origin": "http://testserver"}, False),
        ({"origin": "https://testserver"}, True),
        ({"origin": "http://testserver:80"}, True),
        ({"origin": ""}, True),
        ({"sec_fetch_site": "same-origin", "origin": "http://evil.example"}, True),
        ({"sec_fetch_site": "cross-site", "origin": "http://testserver"}, True),
        ({"sec_fetch_site": "cross-site", "origin": "https://lab.example"}, False),
    ],
)
def test_other_sites_are_refused_unless_they_are_trusted(settings, headers, expected):
    settings.CSRF_TRUSTED_ORIGINS = ["https://lab.example"]
    assert refused(**headers) is expected
