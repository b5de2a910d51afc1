"""The events of a submission: at once, after a while of waiting, or as a stream to its end."""

import re
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from ninja import Field, Query, Schema

from valhub.accounts.models import Account
from valhub.accounts.selectors.standing import standing_of
from valhub.api.streams.answers import Following, LastingAnswer, Stream, Wait, Wording
from valhub.api.streams.documents import END_MARK, EventsOut, events_document
from valhub.api.streams.followers import Batch, Follower, read_batch
from valhub.api.v1.callers import Reader, account_of, token_of
from valhub.api.v1.routes import PROBLEMS, Routes
from valhub.errors import Invalid, TooMany, Unavailable
from valhub.http.clients import has_left
from valhub.jobs.models import Submission
from valhub.jobs.selectors.submissions import find_submission
from valhub.texts import cut

routes = Routes(tags=["submissions"])
MOST_WAIT_S = 60
_STREAM = "text/event-stream"
_LAST_ID = "Last-Event-ID"
_ID = re.compile(rf"([0-9]{{1,9}})({END_MARK})?", re.ASCII)
_ALSO_STREAMS: dict[str, Any] = {
    "parameters": [
        {
            "name": _LAST_ID,
            "in": "header",
            "required": False,
            "schema": {"type": "string"},
            "description": "The last `id` of a stream that broke; it goes before `after`.",
        }
    ],
    "responses": {
        **PROBLEMS["responses"],
        200: {"content": {_STREAM: {"schema": {"type": "string"}}}},
        204: {"description": "The stream has ended, and its reader has seen the end."},
    },
}


class EventsQuery(Schema):
    """Which events are listed, and for how long to wait for one."""

    after: Annotated[int, Field(ge=0, lt=2**31)] = 0
    wait: Annotated[
        int,
        Field(
            ge=0,
            le=MOST_WAIT_S,
            description="Seconds to wait for an event. A busy hub answers at once.",
        ),
    ] = 0


@routes.get(
    "/submissions/{uuid:submission_id}/events",
    response=EventsOut,
    auth=Reader,
    openapi_extra=_ALSO_STREAMS,
)
def list_events(
    request: HttpRequest, submission_id: UUID, asked: Query[EventsQuery]
) -> HttpResponseBase | EventsOut:
    """List what has happened to a submission since an event.

    With `Accept: text/event-stream`, the answer is a stream of the same documents until the
    submission has ended; its last event is `ended`.
    """
    account = account_of(request)
    submission = find_submission(submission_id, visible_to=account)
    after, saw_end = _start(request, asked.after, submission)
    first = read_batch(submission, account, after)
    # Those who only ask for the headers wait for nothing.
    stays = not first.ended and request.META["REQUEST_METHOD"] != "HEAD"
    if _accepts_stream(request):
        return _varying(_stream(request, submission, first, stays=stays, saw_end=saw_end))
    if asked.wait and stays and first.last == after:
        return _waiting(request, submission, first, asked.wait)
    return events_document(first)


def _varying(answer: HttpResponseBase) -> HttpResponseBase:
    """Have no cache mix streams with documents."""
    patch_vary_headers(answer, ["Accept", _LAST_ID])
    return answer


def _accepts_stream(request: HttpRequest) -> bool:
    """Whether a stream is asked for by name: `*/*` is no wish for one."""
    kinds = request.headers.get("Accept", "").split(",")
    return any(kind.partition(";")[0].strip().lower() == _STREAM for kind in kinds)


def _start(request: HttpRequest, after: int, submission: Submission) -> tuple[int, bool]:
    """Say after which event to begin, and whether the reader has seen the end.

    Raises
    ------
    Invalid
        No event has this number: the reader would wait for what never comes.
    """
    text, saw_end, field = request.headers.get(_LAST_ID, ""), False, "after"
    if text and _accepts_stream(request):
        found = _ID.fullmatch(text)
        if found is None:
            raise Invalid(
                f'"{cut(text, 40)}" is no id of this stream. Leave out {_LAST_ID} to begin anew.',
                code="unknown-event-id",
                field=_LAST_ID,
            )
        after, saw_end, field = int(found[1]), found[2] is not None, _LAST_ID
    if after > submission.events_count:
        raise Invalid(
            f"Event {after} has not happened; the last one is {submission.events_count}. "
            "Send that, or 0 to begin anew.",
            code="no-such-event",
            field=field,
        )
    return after, saw_end


def _stream(
    request: HttpRequest, submission: Submission, first: Batch, *, stays: bool, saw_end: bool
) -> HttpResponseBase:
    wording = Stream(first)
    if stays:
        return LastingAnswer(_opened(request, submission, first, wording), _leaving(request))
    if saw_end and first.ended and not first.events:
        # What has a browser not ask again.
        return HttpResponse(status=204)
    return HttpResponse(wording.begin(), content_type=wording.content_type)


def _waiting(
    request: HttpRequest, submission: Submission, first: Batch, wait_s: int
) -> HttpResponseBase | EventsOut:
    try:
        following = _opened(request, submission, first, Wait(wait_s))
    except (TooMany, Unavailable):
        # Without room to wait there is still an answer.
        return events_document(first)
    return LastingAnswer(following, _leaving(request))


def _opened(
    request: HttpRequest, submission: Submission, first: Batch, wording: Wording
) -> Following:
    account: Account = account_of(request)
    standing = standing_of(
        account, token=token_of(request), session_key=request.session.session_key
    )
    following = Following(Follower(submission, account, standing, first.last), wording)
    following.open()
    return following


def _leaving(request: HttpRequest) -> "partial[bool]":
    return partial(has_left, request)
