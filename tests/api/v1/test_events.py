"""Following a submission: streams that break, end and are refused, and answers that wait."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.api.v1.conftest import V1, bearer, refused
from valhub.accounts.models import Account, Token
from valhub.accounts.selectors.standing import Standing, standing_of
from valhub.accounts.services.tokens import make_token
from valhub.analyses.models import Analysis
from valhub.api.streams import poller
from valhub.api.streams.answers import Following, Stream
from valhub.api.streams.documents import EventsOut
from valhub.api.streams.followers import Batch, Follower
from valhub.api.streams.places import PLACES
from valhub.http.stop_times import StopTimes
from valhub.jobs.models import Status, Submission
from valhub.jobs.services.events import record_event

pytestmark = pytest.mark.django_db(transaction=True)

SSE = "text/event-stream"
As = Callable[[Account | None], Client]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Rounds that follow each other at once; at the end nobody follows, and no thread reads."""
    monkeypatch.setattr(poller, "ROUND_S", 0.01)
    monkeypatch.setattr(poller, "LOOK_EVERY_S", 0.0)
    yield
    assert PLACES.taken() == 0
    while poller.POLLER._thread is not None:
        time.sleep(0.005)


@pytest.fixture
def submission(participant: Account, organiser: Account) -> Submission:
    """A submission with two events that goes on."""
    analysis = Analysis.objects.create(analysis_name="Shifts", creator=organiser)
    made = Submission.objects.create(
        analysis=analysis, created_by=participant, status=Status.RUNNING, algorithm="a.zip"
    )
    record_event(made.pk, "submitted", duplicate=False)
    record_event(made.pk, "started", run=1)
    return made


def finish(submission: Submission) -> None:
    record_event(submission.pk, "finished", run=1, reason="")
    Submission.objects.filter(pk=submission.pk).update(status=Status.FINISHED)


class Follow:
    """Somebody who asks for a submission's events."""

    def __init__(self, submission: Submission, headers: dict[str, str] | Client) -> None:
        own = isinstance(headers, Client)
        self.client = headers if own else Client(raise_request_exception=False)
        self.headers = {} if own else headers
        self.path = f"{V1}/submissions/{submission.pk}/events"

    def json(self, **query: object) -> Any:
        return self.client.get(self.path, query, headers=self.headers)

    def stream(self, last: str | None = None, **query: object) -> Any:
        more = {} if last is None else {"Last-Event-ID": last}
        headers = {**self.headers, "Accept": SSE, **more}
        return self.client.get(self.path, query, headers=headers)


@pytest.fixture
def paul(submission: Submission, participant: Account) -> Follow:
    return Follow(submission, bearer(participant))


def events_in(text: bytes) -> list[tuple[str, str, Any]]:
    """Id, event and data of each event of a stream, as a browser reads them."""
    found = []
    for block in text.decode().split("\n\n"):
        fields = dict(line.partition(": ")[::2] for line in block.splitlines() if line[:1] != ":")
        if "data" in fields:
            found.append((fields["id"], fields["event"], json.loads(fields["data"])))
    return found


def read_to_the_end(answer: Any) -> bytes:
    text: bytes = answer.getvalue()
    answer.close()
    return text


def test_a_stream_shows_what_happens_to_the_end(submission: Submission, paul: Follow) -> None:
    answer = paul.stream()
    assert (answer.status_code, answer["Content-Type"]) == (200, SSE)
    assert answer["Cache-Control"] == "no-store"
    assert {"Accept", "Authorization", "Last-Event-ID"} <= set(answer["Vary"].split(", "))
    pieces = iter(answer.streaming_content)
    text = next(pieces)
    assert [one[:2] for one in events_in(text)] == [("1", "submitted"), ("2", "started")]
    record_event(submission.pk, "queued", run=1)
    assert [one[:2] for one in events_in(next(pieces))] == [("3", "queued")]
    finish(submission)
    text = b"".join(pieces)
    assert events_in(text)[0][:2] == ("4", "finished")
    assert events_in(text)[-1] == ("4-ended", "ended", {"last": 4, "status": "finished"})
    answer.close()


def test_a_stream_has_the_documents_of_the_list(submission: Submission, paul: Follow) -> None:
    finish(submission)
    told = events_in(read_to_the_end(paul.stream()))
    listed = paul.json().json()
    assert [document for _, _, document in told[:-1]] == listed["items"]
    assert listed["ended"]
    assert EventsOut(**listed).last == 3


def test_a_broken_stream_goes_on_where_it_broke(submission: Submission, paul: Follow) -> None:
    finish(submission)
    for last in (1, 2):
        ids = [one[0] for one in events_in(read_to_the_end(paul.stream(str(last))))]
        assert ids == [str(number) for number in range(last + 1, 4)] + ["3-ended"]
    # What the browser saw last goes before the address, which it asks for again and again.
    for answer in (paul.stream("2", after=0), paul.stream(after=2)):
        assert events_in(read_to_the_end(answer))[0][0] == "3"
    # Who has seen the end is told not to ask again; who has not, sees it.
    assert events_in(read_to_the_end(paul.stream("3")))[0][1] == "ended"
    assert paul.stream("3-ended").status_code == 204
    # A new run goes on after it.
    Submission.objects.filter(pk=submission.pk).update(status=Status.SUBMITTED)
    record_event(submission.pk, "submitted", run=2)
    answer = paul.stream("3-ended")
    assert events_in(next(iter(answer.streaming_content)))[0][0] == "4"
    answer.close()


@pytest.mark.parametrize(
    "last",
    ["x", "-1", "1.0", "1e0", "\u0661", "1 2", "1-end", "9" * 10, "1\u20282", "3", "3-ended"],
)
def test_a_forged_id_is_refused(paul: Follow, last: str) -> None:
    status, code = refused(paul.stream(last))
    assert status == 422
    assert code == ("no-such-event" if last.startswith("3") else "unknown-event-id")


def test_an_event_that_has_not_happened_is_refused(paul: Follow) -> None:
    for ask in (paul.json, paul.stream):
        assert refused(ask(after=3)) == (422, "no-such-event")
        assert refused(ask(after=3, wait=61)) == (422, "invalid-fields")


def test_others_do_not_learn_that_there_is_a_stream(
    submission: Submission, outsider: Account, organiser: Account
) -> None:
    for ask in (Follow(submission, bearer(outsider)).stream, Follow(submission, {}).stream):
        assert ask().status_code in (401, 404)
    answer = Follow(submission, bearer(organiser)).stream()
    assert answer.status_code == 200
    answer.close()


def revoke(account: Account, _: Submission) -> None:
    account.tokens.all().delete()


def expire(account: Account, _: Submission) -> None:
    Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def deactivate(account: Account, _: Submission) -> None:
    Account.objects.filter(pk=account.pk).update(is_active=False)


def become_staff(account: Account, _: Submission) -> None:
    Account.objects.filter(pk=account.pk).update(is_staff=True)


def sign_out(account: Account, _: Submission) -> None:
    Session.objects.all().delete()


def change_password(account: Account, _: Submission) -> None:
    account.set_password("another long password")
    account.save()


def delete_submission(_: Account, submission: Submission) -> None:
    Submission.objects.filter(pk=submission.pk).delete()


def give_away(_: Account, submission: Submission) -> None:
    other = Account.objects.get(username="olivia")
    Submission.objects.filter(pk=submission.pk).update(created_by=other)


def stop(_: Account, __: Submission) -> None:
    poller.STOP_TIMES.stop(begins_until=0.0, reads_until=0.0)


@pytest.mark.parametrize(
    "happens",
    [revoke, expire, deactivate, become_staff, delete_submission, give_away, stop],
)
def test_what_let_a_reader_in_ends_with_the_stream(
    submission: Submission, paul: Follow, participant: Account, happens: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    answers = [paul.stream(), paul.json(after=2, wait=60)]
    monkeypatch.setattr(poller, "STOP_TIMES", StopTimes())
    happens(participant, submission)
    stream, waited = [read_to_the_end(one) for one in answers]
    assert [one[0] for one in events_in(stream)] == ["1", "2"]
    assert stream.endswith(b": ask again\n\n")
    assert json.loads(waited) == {"items": [], "last": 2, "ended": False}


@pytest.mark.parametrize("happens", [sign_out, change_password, deactivate])
def test_a_stream_of_a_session_ends_with_it(
    submission: Submission, as_: As, participant: Account, happens: Any
) -> None:
    answer = Follow(submission, as_(participant)).stream()
    happens(participant, submission)
    assert read_to_the_end(answer).endswith(b": ask again\n\n")


def test_a_wait_ends_with_the_first_event(submission: Submission, paul: Follow) -> None:
    answer = paul.json(after=2, wait=60)
    record_event(submission.pk, "queued", run=1)
    found = json.loads(read_to_the_end(answer))
    assert [one["number"] for one in found["items"]] == [3]
    assert paul.json(after=2, wait=60).json() == found
    assert json.loads(read_to_the_end(paul.json(after=3, wait=1)))["items"] == []
    finish(submission)
    assert paul.json(after=4, wait=60).json() == {"items": [], "last": 4, "ended": True}


def test_what_is_withheld_moves_the_id_on(submission: Submission, paul: Follow) -> None:
    answer = paul.stream()
    pieces = iter(answer.streaming_content)
    next(pieces)
    # Of no file that there is, so that no rule shows it.
    record_event(submission.pk, "file", run=1, file="hidden.csv", verdict="scored")
    assert next(pieces) == b"id: 3\n\n"
    answer.close()


def test_beyond_its_places_a_process_lets_clients_ask(
    submission: Submission, paul: Follow, organiser: Account, settings: Settings
) -> None:
    settings.WEB_STREAMS = 1
    answer = paul.stream()
    for _ in range(2):
        refusal = Follow(submission, bearer(organiser)).stream()
        assert refused(refusal) == (503, "no-stream-left")
        assert int(refusal["Retry-After"]) > 0
        assert paul.json(after=2, wait=60).json()["items"] == []
    settings.WEB_STREAMS = 7
    refusal = paul.stream()
    assert refused(refusal) == (429, "too-many-streams")
    assert int(refusal["Retry-After"]) > 0
    other = Follow(submission, bearer(organiser)).stream()
    assert other.status_code == 200
    for one in (answer, other):
        one.close()
    paul.stream().close()


def test_nobody_is_followed_for_headers_alone(paul: Follow) -> None:
    for headers in ({"Accept": SSE}, {}):
        answer = paul.client.head(paul.path, {"wait": 60}, headers={**paul.headers, **headers})
        assert answer.status_code == 200


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/*", "", "text/event-streams"])
def test_a_stream_is_asked_for_by_name(paul: Follow, accept: str) -> None:
    answer = paul.client.get(paul.path, headers={**paul.headers, "Accept": accept})
    assert answer["Content-Type"].startswith("application/json")


@pytest.fixture
def let_in(participant: Account) -> Standing:
    """What lets the participant in."""
    token, _ = make_token(participant, name="test", scopes=())
    return standing_of(participant, token=token, session_key=None)


def test_a_silent_stream_shows_that_it_lives(
    submission: Submission, participant: Account, let_in: Standing
) -> None:
    follower = Follower(submission, participant, let_in, 2)
    one = Following(follower, Stream(Batch((), 2), silence_s=0.05))
    assert one.next_piece() == b""
    while not (piece := one.next_piece()):
        one.follower.wait(one.silent_for())
    assert piece == b": heartbeat\n\n"
    assert one.next_piece() == b""
    assert not one.is_over


def test_a_stream_holds_no_connection(submission: Submission, paul: Follow) -> None:
    answer = paul.stream()
    pieces = iter(answer.streaming_content)
    next(pieces)
    record_event(submission.pk, "queued", run=1)
    assert connection.connection is not None
    next(pieces)
    assert connection.connection is None
    answer.close()


def test_many_followers_are_one_query(
    submission: Submission, participant: Account, let_in: Standing,
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(poller, "LOOK_EVERY_S", 60.0)
    others = [
        Submission.objects.create(
            analysis=submission.analysis, created_by=participant, status=Status.RUNNING
        )
        for _ in range(20)
    ]
    followers = [Follower(one, participant, let_in, 0) for one in others for _ in range(2)]
    reader = poller.Poller()
    with django_assert_num_queries(3):  # their accounts, their tokens, their states
        reader._serve(followers)
    with django_assert_num_queries(1):
        reader._serve(followers)
    assert all(one.is_ready() for one in followers)
    record_event(others[0].pk, "queued", run=1)
    with django_assert_num_queries(4):  # and one submission, its events, its runs
        reader._serve(followers)
    assert [one.take().last for one in followers[:2]] == [1, 1]
