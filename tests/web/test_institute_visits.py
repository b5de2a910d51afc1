"""Signing in at the institute's own OpenID Connect server, and those who only pretend to."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from django.test import Client
from joserfc import jwt
from pytest_django import Settings

from services.institute import (
    CLIENT_ID,
    KID,
    SECRET,
    InstituteServer,
    running_institute,
    signing_key,
    strangers_key,
)
from valhub.accounts.models import Account, AuditEntry, Identity, Invitation
from valhub.accounts.oidc import attempts, provider
from valhub.accounts.oidc.client import read_client
from valhub.accounts.services.administration import approve_account
from valhub.accounts.services.invitations import invite
from valhub.server.administration.group import admin

pytestmark = pytest.mark.django_db

ADA = {
    "sub": "f81d4fae-7dec-11d0",
    "email": "ada@example.org",
    "email_verified": True,
    "preferred_username": "ada",
}
START, CALLBACK, LINK = (
    "/sign-in/institute",
    "/sign-in/institute/callback",
    "/sign-in/institute/link",
)
NOT_PROVEN = "The institute&#x27;s sign-in could not be completed. Sign in again."


@pytest.fixture(scope="module")
def server() -> Iterator[InstituteServer]:
    with running_institute() as started:
        yield started


@pytest.fixture
def institute(server: InstituteServer, settings: Settings) -> InstituteServer:
    """The server as it is when nobody lies."""
    fresh = InstituteServer(url=server.url, person=dict(ADA))
    for name, value in vars(fresh).items():
        if name != "silent":
            setattr(server, name, value)
    settings.PUBLIC_URL = "http://testserver"
    settings.OIDC = read_client(
        issuer=server.url, client_id=CLIENT_ID, secret=SECRET, name="the Sun Lab"
    )
    server.redirect_uri = f"http://testserver{CALLBACK}"
    provider._known.clear()
    return server


def begin(
    institute: InstituteServer, client: Client, wanted: str = "/submissions"
) -> dict[str, str]:
    """Go to the institute, and return what the browser brings back."""
    answer = client.get(START, {"next": wanted})
    assert answer.status_code == 302, answer.content.decode()
    return institute.authorize(answer["Location"])


def visit(institute: InstituteServer, client: Client | None = None) -> tuple[Any, Client]:
    client = client or Client()
    return client.get(CALLBACK, begin(institute, client)), client


def is_signed_in(client: Client) -> bool:
    return "Sign out" in client.get("/").content.decode()


def refused(answer: Any, client: Client, status: int = 403, sentence: str = NOT_PROVEN) -> None:
    assert (answer.status_code, is_signed_in(client)) == (status, False)
    assert sentence in answer.content.decode()
    assert not Account.objects.filter(email="ada@example.org").exists()


def test_the_first_visit_makes_an_account_and_the_second_finds_it(
    institute: InstituteServer,
) -> None:
    answer, client = visit(institute)
    assert (answer.status_code, answer["Location"]) == (302, "/submissions")
    assert is_signed_in(client)
    ada = Account.objects.get()
    assert (ada.username, ada.email, ada.has_usable_password()) == ("ada", "ada@example.org", False)
    institute.person |= {"email": "eve@example.org", "email_verified": False}
    again = visit(institute)[1]
    assert is_signed_in(again)
    assert Account.objects.get() == ada, "known by the subject alone"
    assert [one.act for one in AuditEntry.objects.all()] == ["register through institute"]
    again.post("/sign-out")
    assert not is_signed_in(again)


def test_somebody_from_the_institute_uses_tokens(institute: InstituteServer) -> None:
    client = visit(institute)[1]
    body = {"name": "laptop", "scopes": ["read"]}
    made = client.post("/api/v1/tokens", body, content_type="application/json")
    assert made.status_code == 201, made.content
    headers = {"Authorization": f"Bearer {made.json()['token']}"}
    assert Client().get("/api/v1/tokens", headers=headers).status_code == 200


def test_the_button_names_the_institute(institute: InstituteServer, settings: Settings) -> None:
    page = Client().get("/sign-in?next=/submissions%3Fa%3D1").content.decode()
    assert 'href="/sign-in/institute?next=/submissions%3Fa%3D1"' in page
    assert "Sign in through the Sun Lab" in page
    settings.OIDC = None
    assert "institute" not in Client().get("/sign-in").content.decode()
    assert [Client().get(path).status_code for path in (START, CALLBACK, LINK)] == [404] * 3


def part(value: dict[str, Any] | bytes) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(claims: dict[str, Any]) -> str:
    return f"{part({'alg': 'none'})}.{part(claims)}."


def signed_with_the_public_key(claims: dict[str, Any]) -> str:
    text = f"{part({'alg': 'HS256', 'kid': KID})}.{part(claims)}"
    public = signing_key().as_pem(private=False)
    return f"{text}.{part(hmac.digest(public, text.encode(), hashlib.sha256))}"


def signed_with_the_secret(claims: dict[str, Any]) -> str:
    text = f"{part({'alg': 'HS256', 'kid': KID})}.{part(claims)}"
    return f"{text}.{part(hmac.digest(SECRET.encode(), text.encode(), hashlib.sha256))}"


def signed_by_a_stranger(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": KID}, claims, strangers_key())


def signed_with_a_key_it_brings(claims: dict[str, Any]) -> str:
    header = {"alg": "RS256", "jwk": strangers_key().as_dict(private=False)}
    return jwt.encode(header, claims, strangers_key())


def changed_after_signing(claims: dict[str, Any]) -> str:
    head, _, signature = jwt.encode({"alg": "RS256", "kid": KID}, claims, signing_key()).split(".")
    return f"{head}.{part({**claims, 'sub': 'root'})}.{signature}"


@pytest.mark.parametrize(
    "sign",
    [
        unsigned,
        signed_with_the_public_key,
        signed_with_the_secret,
        signed_by_a_stranger,
        signed_with_a_key_it_brings,
        changed_after_signing,
        lambda claims: "",
        lambda claims: "a.b.c",
    ],
)
def test_a_token_that_the_server_did_not_sign_proves_nothing(
    institute: InstituteServer, sign: Callable[[dict[str, Any]], str]
) -> None:
    institute.sign = sign
    refused(*visit(institute))


NOW = int(time.time())


@pytest.mark.parametrize(
    "changed",
    [
        {"nonce": "another attempt's"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": ["another-client"]},
        {"aud": None},
        {"aud": [CLIENT_ID, "another-client"]},
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": NOW - 120},
        {"exp": None},
        {"exp": "never"},
        {"exp": True},
        {"iat": NOW + 86400},
        {"iat": None},
        {"nbf": NOW + 86400},
        {"sub": None},
        {"sub": ""},
        {"sub": 4711},
        {"sub": ["ada"]},
        {"sub": "a" * 201},
        {"sub": "ada\u200b"},
    ],
)
def test_a_token_for_something_else_proves_nothing(
    institute: InstituteServer, changed: dict[str, Any]
) -> None:
    institute.changed = changed
    refused(*visit(institute))


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": [CLIENT_ID]},
        {"aud": [CLIENT_ID, "another-client"], "azp": CLIENT_ID},
        {"azp": CLIENT_ID},
        {"exp": NOW + 86400, "iat": NOW - 30, "nbf": NOW - 30},
        {"email_verified": "true"},
        {"preferred_username": None},
        {"preferred_username": ["ada"]},
    ],
)
def test_what_honest_servers_say_in_other_ways_is_understood(
    institute: InstituteServer, changed: dict[str, Any]
) -> None:
    institute.changed = changed
    assert is_signed_in(visit(institute)[1])
    assert Account.objects.get().username == "ada"


@pytest.mark.parametrize(
    "forged",
    [
        {"state": "forged"},
        {"state": None},
        {"iss": "https://evil.example"},
        {"code": "guessed"},
        {"code": None},
        {"error": "access_denied", "code": None},
    ],
)
def test_an_answer_to_something_else_is_refused(
    institute: InstituteServer, forged: dict[str, str | None]
) -> None:
    client = Client()
    brought = begin(institute, client) | forged
    query = {name: value for name, value in brought.items() if value is not None}
    refused(client.get(CALLBACK, query), client)


def test_two_states_are_no_state(institute: InstituteServer) -> None:
    client = Client()
    brought = begin(institute, client)
    refused(client.get(f"{CALLBACK}?state=forged&{urlencode(brought)}"), client)


def test_an_answer_counts_once_and_in_its_own_browser(institute: InstituteServer) -> None:
    client, victim = Client(), Client()
    brought = begin(institute, client)
    refused(victim.get(CALLBACK, brought), victim)
    begin(institute, victim)
    refused(victim.get(CALLBACK, brought), victim)
    cookie = client.cookies["institute_attempt"].value
    assert client.get(CALLBACK, brought).status_code == 302
    client.post("/sign-out")
    assert client.get(CALLBACK, brought).status_code == 403, "the attempt is over"
    client.cookies["institute_attempt"] = cookie
    assert client.get(CALLBACK, brought).status_code == 403, "the code is used up"
    assert not is_signed_in(client)


def test_a_code_is_worth_nothing_without_its_verifier(institute: InstituteServer) -> None:
    thief, owner = Client(), Client()
    stolen = begin(institute, owner)["code"]
    refused(thief.get(CALLBACK, begin(institute, thief) | {"code": stolen}), thief)


@pytest.mark.parametrize("spoil", ["old", "forged"])
def test_an_attempt_that_is_not_the_hubs_or_too_old_is_refused(
    institute: InstituteServer, monkeypatch: pytest.MonkeyPatch, spoil: str
) -> None:
    client = Client()
    brought = begin(institute, client)
    if spoil == "old":
        later = time.time() + attempts.MOST_SECONDS + 1
        monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    else:
        client.cookies["institute_attempt"] = client.cookies["institute_attempt"].value[:-1]
    answer = client.get(CALLBACK, brought)
    monkeypatch.undo()
    refused(answer, client)


def test_the_cookie_is_for_this_visit_alone(institute: InstituteServer, settings: Settings) -> None:
    settings.SECURE = True
    cookie = Client().get(START).cookies["institute_attempt"]
    kept = {name: cookie[name] for name in ("path", "samesite", "httponly", "secure", "max-age")}
    assert kept == {
        "path": "/sign-in/institute",
        "samesite": "Lax",
        "httponly": True,
        "secure": True,
        "max-age": 600,
    }


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_coming_back_never_leads_to_another_site(institute: InstituteServer, wanted: str) -> None:
    client = Client()
    answer = client.get(CALLBACK, begin(institute, client, wanted))
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert is_signed_in(client)


@pytest.mark.parametrize("verified", [False, None, "false", 0, "yes"])
def test_an_address_that_the_institute_did_not_confirm_is_nobodys(
    institute: InstituteServer, participant: Account, verified: object
) -> None:
    institute.changed = {"email_verified": verified}
    sentence = "Your institute has not confirmed your e-mail address."
    refused(*visit(institute), sentence=sentence)
    institute.changed["email"] = participant.email
    refused(*visit(institute), sentence=sentence)


@pytest.mark.parametrize("email", [None, "", "ada"])
def test_without_an_address_there_is_no_account(
    institute: InstituteServer, email: str | None
) -> None:
    institute.changed = {"email": email}
    institute.userinfo = {"email": email}
    refused(*visit(institute), sentence="sent no e-mail address")


def test_the_address_may_be_in_the_user_information(institute: InstituteServer) -> None:
    institute.in_userinfo = True
    institute.userinfo = {"sub": "another person"}
    refused(*visit(institute))
    institute.userinfo = {}
    assert is_signed_in(visit(institute)[1])
    assert Account.objects.get().email == "ada@example.org"


def test_the_secret_goes_where_the_server_wants_it(institute: InstituteServer) -> None:
    institute.discovery = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert is_signed_in(visit(institute)[1])


def test_keys_that_are_no_use_are_passed_over(institute: InstituteServer) -> None:
    odd = [{"kty": "oct", "k": "AAAA", "kid": KID}, {"kty": "RSA", "kid": KID}, {"kty": "new"}, "x"]
    institute.keys = [*odd, *institute.keys]
    assert is_signed_in(visit(institute)[1])
    institute.keys = odd
    Account.objects.all().delete()
    refused(*visit(institute))


SLOW_OR_BROKEN = "sign-in does not work right now. Try again in a minute."


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
@pytest.mark.parametrize(
    "answer",
    [
        (500, {}, b"oops"),
        (404, {}, b""),
        (302, {"Location": "/userinfo"}, b""),
        (200, {}, b"<html>"),
        (200, {}, b"[]"),
        (200, {}, b"\xff"),
        (200, {}, b" " * (2 * 1024 * 1024)),
    ],
    ids=["500", "404", "302", "html", "list", "bytes", "long"],
)
def test_a_server_that_is_broken_is_one_sentence(
    institute: InstituteServer, path: str, answer: tuple[int, dict[str, str], bytes]
) -> None:
    client = Client()
    if path.startswith("/."):
        institute.broken[path] = answer
        refused(client.get(START), client, 503, SLOW_OR_BROKEN)
        return
    brought = begin(institute, client)
    institute.broken[path] = answer
    refused(client.get(CALLBACK, brought), client, 503, SLOW_OR_BROKEN)


def test_a_server_that_is_silent_holds_nobody_and_is_left_alone_for_a_moment(
    institute: InstituteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "_TIMEOUT_S", 0.1)
    client = Client()
    institute.silent.clear()
    for _ in range(3):
        refused(client.get(START), client, 503, SLOW_OR_BROKEN)
    assert len(institute.asked) == 1
    institute.silent.set()
    provider._known.clear()
    assert is_signed_in(visit(institute)[1])


def test_a_server_that_is_down_is_one_sentence(
    institute: InstituteServer, settings: Settings
) -> None:
    with running_institute() as gone:
        url = gone.url
    settings.OIDC = read_client(issuer=url, client_id="a", secret="b", name="")
    client = Client()
    refused(client.get(START), client, 503, SLOW_OR_BROKEN)


def test_administrators_see_whether_it_answers(
    institute: InstituteServer, settings: Settings
) -> None:
    assert f"works, at {institute.url}" in CliRunner().invoke(admin, ["status"]).output
    provider._known.clear()
    institute.broken["/.well-known/openid-configuration"] = (500, {}, b"")
    assert "does not work; ask http" in CliRunner().invoke(admin, ["status"]).output
    settings.OIDC = None
    assert "institute: none" in CliRunner().invoke(admin, ["status"]).output


def test_staff_link_an_account(institute: InstituteServer, participant: Account) -> None:
    linked = CliRunner().invoke(admin, ["link-account", "paul", ADA["sub"]])
    assert linked.exit_code == 0, linked.output
    assert "paul" in visit(institute)[1].get("/").content.decode()


def test_only_some_wait_for_the_server_at_once(
    institute: InstituteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    brought = begin(institute, client)
    for _ in range(provider._AT_ONCE):
        assert provider._waiting.acquire(blocking=False)
    try:
        refused(client.get(CALLBACK, brought), client, 503, SLOW_OR_BROKEN)
    finally:
        provider._waiting.release(provider._AT_ONCE)
    assert is_signed_in(visit(institute)[1])


@pytest.mark.parametrize(
    "entries",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": None},
        {"userinfo_endpoint": "http://evil.example/userinfo"},
    ],
)
def test_a_discovery_document_that_leads_elsewhere_is_not_followed(
    institute: InstituteServer, entries: dict[str, str]
) -> None:
    institute.discovery = entries
    client = Client()
    refused(client.get(START), client, 503, SLOW_OR_BROKEN)


def test_an_account_with_the_address_is_linked_with_its_password_alone(
    institute: InstituteServer, participant: Account, password: str
) -> None:
    institute.person["email"] = "Paul@example.org"
    answer, client = visit(institute)
    assert (answer.status_code, answer["Location"]) == (302, LINK)
    assert not is_signed_in(client)
    assert "<strong>paul</strong>" in client.get(LINK).content.decode()
    wrong = client.post(LINK, {"password": "wrong"})
    assert (wrong.status_code, is_signed_in(client)) == (401, False)
    assert not Identity.objects.exists()
    linked = client.post(LINK, {"password": password})
    assert (linked.status_code, linked["Location"]) == (302, "/submissions")
    assert is_signed_in(client)
    assert Identity.objects.get().account == participant
    assert [one.act for one in AuditEntry.objects.all()] == ["link to institute"]
    assert "paul" in visit(institute)[1].get("/").content.decode()


def test_nobody_links_an_account_without_having_been_at_the_institute(
    institute: InstituteServer, participant: Account, password: str
) -> None:
    for cookie in ("", "forged:1:x"):
        client = Client()
        client.cookies["institute_person"] = cookie
        answer = client.post(LINK, {"password": password, "username": "paul"})
        assert (answer.status_code, is_signed_in(client)) == (403, False)
    client = Client()
    begin(institute, client)
    client.cookies["institute_person"] = client.cookies["institute_attempt"].value
    assert client.post(LINK, {"password": password}).status_code == 403
    assert not Identity.objects.exists()


def test_guesses_at_the_linked_accounts_password_are_slowed_down(
    institute: InstituteServer, participant: Account, password: str, settings: Settings
) -> None:
    settings.SIGN_IN_ATTEMPTS = 2
    institute.person["email"] = participant.email
    client = visit(institute)[1]
    tried = [client.post(LINK, {"password": "wrong"}).status_code for _ in range(3)]
    assert tried == [401, 401, 429]
    assert client.post(LINK, {"password": password}).status_code == 429


@pytest.mark.parametrize("path", [LINK])
def test_linking_needs_the_sites_own_token(
    institute: InstituteServer, participant: Account, password: str, path: str
) -> None:
    institute.person["email"] = participant.email
    client = visit(institute, Client(enforce_csrf_checks=True))[1]
    assert client.post(path, {"password": password}).status_code == 403
    assert not Identity.objects.exists()


@pytest.mark.parametrize("waits", [True, False])
def test_an_account_that_is_blocked_or_waits_is_not_linked(
    institute: InstituteServer, participant: Account, password: str, waits: bool
) -> None:
    Account.objects.update(is_active=False, waits_for="confirmation" if waits else "")
    institute.person["email"] = participant.email
    client = visit(institute)[1]
    assert client.post(LINK, {"password": password}).status_code == (403 if waits else 401)
    assert not Identity.objects.exists()


def test_a_blocked_account_is_refused_with_a_line_in_the_log(
    institute: InstituteServer, caplog: pytest.LogCaptureFixture
) -> None:
    visit(institute)
    Account.objects.update(is_active=False)
    answer, client = visit(institute)
    assert (answer.status_code, is_signed_in(client)) == (403, False)
    assert "Your account is blocked." in answer.content.decode()
    (line,) = (one.getMessage() for one in caplog.records if "sign_in_failed" in one.getMessage())
    assert "'username': 'ada'" in line
    assert "'address': '127.0.0.1'" in line


def test_what_proves_nothing_is_logged_with_its_reason_and_without_secrets(
    institute: InstituteServer, caplog: pytest.LogCaptureFixture
) -> None:
    institute.changed = {"nonce": "x"}
    client = Client()
    brought = begin(institute, client)
    client.get(CALLBACK, brought)
    (line,) = (one.getMessage() for one in caplog.records if "sign_in_failed" in one.getMessage())
    assert "the token's nonce does not hold" in line
    assert "127.0.0.1" in line
    assert not any(secret in caplog.text for secret in (SECRET, brought["code"], brought["state"]))


@pytest.mark.parametrize("mode", ["invitation", "closed"])
def test_nobody_comes_in_who_is_not_let_in(
    institute: InstituteServer, settings: Settings, mode: str
) -> None:
    settings.REGISTRATION = mode
    refused(*visit(institute), sentence="Ask its staff")
    settings.REGISTRATION = "open"
    visit(institute)
    settings.REGISTRATION = mode
    assert is_signed_in(visit(institute)[1]), "who has an account, keeps it"


def test_the_invited_need_no_link_and_no_approval(
    institute: InstituteServer, settings: Settings
) -> None:
    settings.REGISTRATION = "invitation"
    invite("Ada@example.org", is_organiser=True, by="command root")
    assert is_signed_in(visit(institute)[1])
    assert Account.objects.get().is_organiser
    assert not Invitation.objects.exists()


def test_who_needs_approval_waits_at_every_visit(
    institute: InstituteServer, settings: Settings
) -> None:
    settings.REGISTRATION = "approval"
    settings.CONFIRM_EMAIL = True
    for _ in range(2):
        answer, client = visit(institute)
        assert (answer.status_code, is_signed_in(client)) == (403, False)
        assert "waits for approval" in answer.content.decode()
    approve_account(Account.objects.get(), by="command root")
    assert is_signed_in(visit(institute)[1])


@pytest.mark.parametrize(
    ("called", "username"),
    [
        ("Ada Lovelace", "Ada-Lovelace"),
        ("ada@lab.example", "ada"),
        ("paul", "paul-2"),
        ("PAUL", "PAUL-2"),
        ("\u0430da", "member"),
        ("\ufdfa" * 40, "member"),
        ("@", "member"),
        ("<b>\x00</b>", "-b----b-"),
    ],
)
def test_user_names_are_made_valid_and_free(
    institute: InstituteServer, participant: Account, called: str, username: str
) -> None:
    institute.person["preferred_username"] = called
    assert is_signed_in(visit(institute)[1])
    assert Account.objects.get(email="ada@example.org").username == username


def test_who_is_signed_in_goes_on(institute: InstituteServer, participant: Account) -> None:
    client = Client()
    client.force_login(participant)
    answer = client.get(START, {"next": "/submissions"})
    assert (answer.status_code, answer["Location"]) == (302, "/submissions")
