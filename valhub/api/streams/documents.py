"""Events as they are written: as JSON, and as server-sent events with the same documents."""

from datetime import datetime
from typing import Any

from ninja import Field, Schema
from pydantic_core import to_json

from valhub.api.streams.followers import Batch

# After how long a browser asks again when a stream broke.
RETRY_MS = 2000
# What follows the last number in the id of the last event: whoever sends it back has seen the end.
END_MARK = "-ended"


class EventOut(Schema):
    """One thing that happened."""

    number: int = Field(description="Without a gap; some are not shown to everybody.")
    at: datetime
    kind: str
    data: dict[str, Any]


class EventsOut(Schema):
    """Events, the oldest first."""

    items: list[EventOut]
    last: int = Field(description="Send it as `after` to read on.")
    ended: bool = Field(description="Whether the submission has ended, so that none will follow.")


def events_document(batch: Batch) -> EventsOut:
    """Write a batch as one document."""
    items = [
        EventOut(number=one.number, at=one.at, kind=one.kind, data=one.data) for one in batch.events
    ]
    return EventsOut(items=items, last=batch.last, ended=bool(batch.ended))


def json_text(batch: Batch) -> bytes:
    """Write a batch as the text of that document."""
    return to_json(events_document(batch), inf_nan_mode="null")


def stream_head() -> bytes:
    """What a stream begins with."""
    return b"retry: %d\n\n" % RETRY_MS


def stream_text(batch: Batch) -> bytes:
    """Write a batch as it stands in a stream."""
    document = events_document(batch)
    parts = [_event(str(one.number), one.kind, one) for one in document.items]
    if batch.ended:
        last = {"last": batch.last, "status": batch.ended}
        parts.append(_event(f"{batch.last}{END_MARK}", "ended", last))
    elif not document.items or document.items[-1].number < batch.last:
        # An id alone is no event: it has readers go on after what they are not shown.
        parts.append(b"id: %d\n\n" % batch.last)
    return b"".join(parts)


def stream_comment(text: str) -> bytes:
    """Write what readers ignore, and proxies take for a sign of life."""
    return f": {text}\n\n".encode()


def _event(identity: str, kind: str, document: object) -> bytes:
    # JSON without line ends, which would end the field.
    data = to_json(document, inf_nan_mode="null")
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (identity.encode(), kind.encode(), data)
