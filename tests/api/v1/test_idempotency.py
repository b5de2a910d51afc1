"""A request that its sender named is done once, whatever becomes of it and of its answer."""

import io
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.api.v1.conftest import V1, Call, bearer, refused
from tests.api.v1.test_analyses import make_analysis
from valhub.accounts.models import Account, IdempotencyKey, Token
from valhub.accounts.services.deletion import delete_account
from valhub.accounts.services.idempotency import claim_key, delete_old_keys
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion
from valhub.analyses.services.publication import close_analysis
from valhub.api.v1 import analyses
from valhub.errors import Conflict
from valhub.jobs.models import Preparation, Submission
from valhub.jobs.services import new_submissions
from valhub.jobs.services.preparations import request_preparation

Send = Callable[..., Any]
KEY = {"Idempotency-Key": "a3f1"}


@pytest.fixture
def analysis(organiser: Account, tiny_task: bytes) -> Analysis:
    made = make_analysis(organiser, "Orientation")
    AnalysisVersion.objects.update(function_name="estimate_azimuth")
    request_preparation(made.current_version)
    return made


@pytest.fixture
def submit(analysis: Analysis, tiny_algorithm: Callable[..., bytes], participant: Account) -> Send:
    """Submit an algorithm under a key."""
    headers = bearer(participant)

    def post(key: str = "a3f1", *, by: dict[str, str] = headers, **fields: Any) -> Any:
        body = {"algorithm": io.BytesIO(tiny_algorithm()), **fields}
        sent = {**by, "Idempotency-Key": key} if key else by
        client = Client(raise_request_exception=False)
        return client.post(f"{V1}/analyses/{analysis.pk}/submissions", body, headers=sent)

    return post


def test_a_submission_sent_again_is_the_same(submit: Send) -> None:
    first, second = submit(), submit()
    assert (first.status_code, second.status_code) == (201, 201), first.content
    assert second.json() == first.json()
    assert submit("another").json()["id"] != first.json()["id"]
    assert Submission.objects.count() == 2
    assert submit("").json()["id"] != submit("").json()["id"]


@pytest.mark.parametrize("other", [{"display_name": "Second"}, {"algorithm": io.BytesIO(b"PK")}])
def test_a_key_of_another_body_is_refused(submit: Send, other: dict[str, Any]) -> None:
    submit()
    assert refused(submit(**other)) == (409, "idempotency-key-reused")
    assert Submission.objects.count() == 1


def test_keys_are_an_accounts_own(submit: Send, outsider: Account) -> None:
    first, other = submit(), submit(by=bearer(outsider))
    assert other.status_code == 201
    assert other.json()["id"] != first.json()["id"]


def test_an_answer_is_given_again_whatever_the_limits_say_now(
    submit: Send, analysis: Analysis, settings: Settings
) -> None:
    first = submit()
    settings.QUOTA_PER_DAY, settings.QUOTA_BYTES, settings.QUOTA_REJECTED = 1, 1, 0
    close_analysis(analysis)
    assert submit().json() == first.json()
    assert refused(submit("another"))[0] == 409


def test_a_refused_request_leaves_no_key(submit: Send, settings: Settings) -> None:
    settings.QUOTA_PER_DAY = 0
    assert refused(submit())[0] == 429
    settings.QUOTA_PER_DAY = 1
    assert refused(submit(display_name="x" * 101)) == (422, "invalid-fields")
    assert refused(submit(algorithm=io.BytesIO(b"no zip")))[1] == "not-a-zip"
    assert not IdempotencyKey.objects.exists()
    assert submit().status_code == 201


def die(*_: Any, **__: Any) -> Any:
    raise SystemExit


@pytest.mark.parametrize("where", ["_store", "_queue"])
def test_whoever_is_killed_after_making_it_has_made_it(
    submit: Send, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(new_submissions, where, die)
        with pytest.raises(SystemExit):
            submit()
    again = submit()
    assert again.status_code == 201
    assert again.json()["id"] == str(Submission.objects.get().pk)


def test_whoever_is_killed_before_making_it_is_waited_for(
    submit: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(new_submissions, "_enter", die)
        # A killed process cleans nothing up.
        patch.setattr("valhub.accounts.services.idempotency.Claim.release", lambda _: None)
        with pytest.raises(SystemExit):
            submit()
    waiting = submit()
    assert refused(waiting) == (409, "request-in-progress")
    assert int(waiting["Retry-After"]) > 0
    IdempotencyKey.objects.update(at=timezone.now() - timedelta(minutes=20))
    assert submit().status_code == 201
    assert Submission.objects.count() == 1


def test_who_was_taken_over_makes_nothing(participant: Account) -> None:
    late = claim_key(participant, "k" * 64, "r" * 64)
    IdempotencyKey.objects.update(at=timezone.now() - timedelta(minutes=20))
    new = claim_key(participant, "k" * 64, "r" * 64).take_over()
    with pytest.raises(Conflict):
        late.note_made("1")
    new.note_made("2")
    late.release()
    assert claim_key(participant, "k" * 64, "r" * 64).made == "2"


def test_what_was_made_and_is_gone_is_made_anew(submit: Send) -> None:
    first = submit()
    IdempotencyKey.objects.update(answer=None)
    Submission.objects.all().delete()
    again = submit()
    assert again.status_code == 201
    assert again.json()["id"] != first.json()["id"]


def test_a_package_sent_again_is_one_analysis(
    organiser: Account, script_example: tuple[bytes, bytes], newer_package: bytes
) -> None:
    headers = {**bearer(organiser), **KEY}

    def post(path: str, package: bytes, **more: str) -> Any:
        body = {"package": io.BytesIO(package), **more}
        return Client().post(V1 + path, body, headers=headers)

    made = [post("/analyses", script_example[0], name="Doubling") for _ in range(2)]
    assert made[0].status_code == 201, made[0].content
    assert made[0].json() == made[1].json()
    path = f"/analyses/{made[0].json()['id']}/versions"
    assert refused(post(path, newer_package)) == (409, "idempotency-key-reused")
    headers["Idempotency-Key"] = "b"
    newer = [post(path, newer_package) for _ in range(2)]
    # Its answer was lost, as when the process is killed.
    IdempotencyKey.objects.update(answer=None)
    newer.append(post(path, newer_package))
    assert [one.json()["number"] for one in newer] == [2, 2, 2]
    assert Preparation.objects.count() == 2


def test_a_change_of_state_is_made_once(
    call: Call, analysis: Analysis, organiser: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/analyses/{analysis.pk}/close"
    first = call("POST", path, by=organiser, headers=KEY)
    again = call("POST", path, by=organiser, headers=KEY)
    assert again.status_code == 200
    assert again.json() == first.json()
    assert refused(call("POST", path, by=organiser)) == (409, "wrong-state")
    other = f"/analyses/{analysis.pk}/publish"
    assert refused(call("POST", other, by=organiser, headers=KEY)) == (
        409,
        "idempotency-key-reused",
    )
    # Its work and its answer are one transaction: killed between the two, neither is there.
    monkeypatch.setattr(analyses, "analysis_out", die)
    with pytest.raises(SystemExit):
        call("POST", other, by=organiser, headers={"Idempotency-Key": "b"})
    assert Analysis.objects.get().state == AnalysisState.CLOSED


def test_a_tokens_text_is_kept_nowhere(as_: Any, participant: Account) -> None:
    def make() -> Any:
        return as_(participant).post(
            f"{V1}/tokens", {"name": "laptop"}, content_type="application/json", headers=KEY
        )

    text = make().json()["token"]
    assert refused(make()) == (409, "answered-once")
    assert Token.objects.count() == 1
    assert text not in str(list(IdempotencyKey.objects.values()))


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\tb"])
def test_what_a_key_may_not_be(
    call: Call, submit: Send, analysis: Analysis, organiser: Account, key: str
) -> None:
    headers = {"Idempotency-Key": key}
    answer = call("POST", f"/analyses/{analysis.pk}/close", by=organiser, headers=headers)
    assert refused(answer) == (422, "invalid-idempotency-key")
    assert Analysis.objects.get().state == AnalysisState.PUBLISHED


def test_keys_end_after_a_day_and_with_their_account(submit: Send, participant: Account) -> None:
    first = submit()
    assert delete_old_keys() == 0
    IdempotencyKey.objects.update(at=timezone.now() - timedelta(hours=25))
    assert submit().json()["id"] != first.json()["id"]
    IdempotencyKey.objects.update(at=timezone.now() - timedelta(hours=25))
    assert delete_old_keys() == 1
    submit("another")
    delete_account(participant)
    assert not IdempotencyKey.objects.exists()


@pytest.mark.databases
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_is_done(
    analysis: Analysis, organiser: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {**bearer(organiser), **KEY}
    begin, answers = Barrier(4), []

    def post() -> None:
        begin.wait()
        client = Client(raise_request_exception=False)
        answers.append(client.post(f"{V1}/analyses/{analysis.pk}/close", headers=headers))
        connections.close_all()

    threads = [Thread(target=post) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    statuses = {one.status_code for one in answers}
    assert 200 in statuses
    assert {refused(one)[1] for one in answers if one.status_code != 200} <= {"request-in-progress"}
    assert IdempotencyKey.objects.count() == 1
