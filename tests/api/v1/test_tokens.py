"""Tokens: what they allow, when they end, and that nothing but their text signs in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.api.v1.conftest import JSON, V1, Call, bearer, refused
from valhub.accounts.models import Account, Scope, Token
from valhub.accounts.services import tokens
from valhub.accounts.services.deletion import delete_account
from valhub.accounts.services.tokens import make_token

As = Callable[[Account | None], Client]
UPLOADED = "/analyses/1/submissions"


def made(client: Client, **fields: object) -> Any:
    return client.post(f"{V1}/tokens", {"name": "laptop", **fields}, content_type=JSON)


def test_a_token_is_shown_once_and_only_its_hash_is_stored(as_: As, participant: Account) -> None:
    answer = made(as_(participant), scopes=["submit"], days=7)
    assert answer.status_code == 201
    text, shown = answer.json()["token"], answer.json()
    assert text.startswith(shown["prefix"])
    assert shown["scopes"] == ["read", "submit"]
    row = Token.objects.get()
    assert text not in str(row.__dict__)
    assert abs(row.expires_at - timezone.now() - timedelta(days=7)) < timedelta(minutes=1)
    listed = as_(participant).get(f"{V1}/tokens").json()["items"]
    assert [one["name"] for one in listed] == ["laptop"]
    assert "token" not in listed[0]


def test_its_text_signs_in_and_its_use_is_noted(call: Call, participant: Account) -> None:
    answer = call("GET", "/accounts/me", by=participant)
    assert answer.json()["username"] == "paul"
    assert Token.objects.get().last_used_at is not None


def test_a_revoked_token_is_refused_by_the_next_request(as_: As, participant: Account) -> None:
    text = made(as_(participant)).json()
    headers = {"Authorization": f"Bearer {text['token']}"}
    assert Client().get(f"{V1}/accounts/me", headers=headers).status_code == 200
    assert as_(participant).delete(f"{V1}/tokens/{text['id']}").status_code == 204
    refusal = Client().get(f"{V1}/accounts/me", headers=headers)
    assert refused(refusal) == (401, "invalid-token")


@pytest.mark.parametrize("end", ["expired", "deactivated", "deleted"])
def test_tokens_end(call: Call, participant: Account, end: str) -> None:
    headers = bearer(participant)
    assert call("GET", "/accounts/me", headers=headers).status_code == 200
    if end == "expired":
        Token.objects.update(expires_at=timezone.now())
    elif end == "deactivated":
        Account.objects.update(is_active=False)
    else:
        delete_account(participant)
        assert not Token.objects.exists()
    code = "expired-token" if end == "expired" else "invalid-token"
    assert refused(call("GET", "/accounts/me", headers=headers)) == (401, code)


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer  ", "Basic cGF1bDpwYXVs", "Token vh_x", "Bearer vh_x", "Bearer \0"],
)
def test_a_wrong_header_never_falls_back_to_the_session(
    as_: As, participant: Account, header: str
) -> None:
    answer = as_(participant).get(f"{V1}/accounts/me", headers={"Authorization": header})
    assert answer.status_code in (400, 401)
    assert refused(answer)[1] in ("broken-authorization", "invalid-token")


@pytest.mark.parametrize(
    ("scopes", "method", "path", "allowed"),
    [
        ((Scope.READ,), "GET", "/submissions", True),
        ((Scope.SUBMIT,), "GET", "/submissions", True),
        ((Scope.READ,), "POST", UPLOADED, False),
        ((Scope.ORGANISE,), "POST", UPLOADED, False),
        ((Scope.SUBMIT,), "POST", UPLOADED, True),
        ((Scope.SUBMIT,), "POST", "/analyses/1/close", False),
        ((Scope.ORGANISE,), "POST", "/analyses/1/close", True),
    ],
)
def test_a_token_allows_what_its_scopes_say(
    call: Call, participant: Account, scopes: tuple[Scope, ...], method: str, path: str,
    *, allowed: bool,
) -> None:  # fmt: skip
    answer = call(method, path, headers=bearer(participant, *scopes))
    if allowed:
        # There is no such analysis.
        assert answer.status_code in (200, 404)
    else:
        assert refused(answer) == (403, "needs-scope")


@pytest.mark.parametrize(("method", "path"), [("POST", "/tokens"), ("DELETE", "/tokens/1")])
def test_no_token_makes_or_revokes_another(
    call: Call, participant: Account, method: str, path: str
) -> None:
    assert refused(call(method, path, by=participant, body={})) == (403, "needs-session")


def test_an_account_sees_and_revokes_its_own_only(
    as_: As, participant: Account, outsider: Account
) -> None:
    made(as_(participant))
    assert as_(outsider).get(f"{V1}/tokens").json()["items"] == []
    other = as_(outsider).delete(f"{V1}/tokens/{Token.objects.get().pk}")
    assert refused(other) == (404, "no-such-token")
    assert Token.objects.count() == 1


def test_all_faults_of_a_new_token_are_told_at_once(as_: As, participant: Account) -> None:
    answer = made(as_(participant), name=5, scopes=["all"], lifetime=3)
    assert refused(answer) == (422, "invalid-fields")
    places = {one["pointer"] for one in answer.json()["errors"]}
    assert places == {"#/name", "#/scopes/0", "#/lifetime"}


@pytest.mark.parametrize(
    ("fields", "faulty"),
    [
        ({"name": " "}, ["name"]),
        ({"name": "x" * 101}, ["name"]),
        ({"name": "a\u202eb", "days": 0}, ["name", "days"]),
        ({"days": 367}, ["days"]),
    ],
)
def test_what_a_token_may_not_be(
    as_: As, participant: Account, fields: dict[str, object], faulty: list[str]
) -> None:
    answer = made(as_(participant), **fields)
    assert refused(answer) == (422, "invalid-fields")
    assert [one["field"] for one in answer.json()["errors"]] == faulty
    assert not Token.objects.exists()


def test_an_account_has_so_many_tokens_of_which_expired_ones_do_not_count(
    participant: Account, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "MOST_TOKENS", 2)
    first, _ = make_token(participant, name="a", scopes=())
    make_token(participant, name="b", scopes=())
    assert refused(made(as_(participant))) == (409, "too-many-tokens")
    Token.objects.filter(pk=first.pk).update(expires_at=timezone.now())
    assert made(as_(participant)).status_code == 201


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_sites_page_makes_no_token(as_: As, participant: Account, site: str) -> None:
    answer = as_(participant).post(
        f"{V1}/tokens", {"name": "x"}, content_type=JSON, headers={"Sec-Fetch-Site": site}
    )
    assert refused(answer) == (403, "cross-site")
