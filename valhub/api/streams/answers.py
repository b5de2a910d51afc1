"""Answers that last: what is written to a follower, and when, whoever waits for it.

A thread of the web server reads `LastingAnswer` to its end. `valhub events` takes its parts and
waits in a loop instead.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from django.db import connection
from django.http import StreamingHttpResponse

from valhub.api.streams.documents import json_text, stream_comment, stream_head, stream_text
from valhub.api.streams.followers import Batch, Follower
from valhub.api.streams.places import PLACES
from valhub.api.streams.poller import POLLER

HEARTBEAT_S = 15.0
# How often a thread that waits looks whether its client is still there.
_LOOK_S = 1.0


class Wording(Protocol):
    """What is written, and after how long a silence something is."""

    @property
    def content_type(self) -> str:
        """The type of the answer."""

    @property
    def silence_s(self) -> float:
        """For how many seconds nothing is written at most."""

    def begin(self) -> bytes:
        """Give what comes first."""

    def show(self, batch: Batch) -> tuple[bytes, bool]:
        """Write what has happened, and say whether that was all."""

    def fill(self, position: int) -> tuple[bytes, bool]:
        """Write something after a silence, and say whether that was all."""

    def break_off(self, position: int) -> bytes:
        """Write the last of what ends before the submission does."""


@dataclass(frozen=True)
class Stream:
    """Server-sent events to the submission's end, after those that were read already."""

    first: Batch
    content_type: str = "text/event-stream"
    silence_s: float = HEARTBEAT_S

    def begin(self) -> bytes:
        """Give what there is."""
        return stream_head() + stream_text(self.first)

    def show(self, batch: Batch) -> tuple[bytes, bool]:
        """Write events."""
        return stream_text(batch), bool(batch.ended)

    def fill(self, position: int) -> tuple[bytes, bool]:  # noqa: ARG002 - it needs none
        """Write a heartbeat."""
        return stream_comment("heartbeat"), False

    def break_off(self, position: int) -> bytes:  # noqa: ARG002 - it needs none
        """Have the client ask again, which decides whether it may."""
        return stream_comment("ask again")


@dataclass(frozen=True)
class Wait:
    """One document, when there is something to say or the time is over."""

    silence_s: float
    content_type: str = "application/json"

    def begin(self) -> bytes:
        """Write nothing yet."""
        return b""

    def show(self, batch: Batch) -> tuple[bytes, bool]:
        """Write the document."""
        return json_text(batch), True

    def fill(self, position: int) -> tuple[bytes, bool]:
        """Write that nothing has happened."""
        return self.break_off(position), True

    def break_off(self, position: int) -> bytes:
        """Write that nothing has happened."""
        return json_text(Batch((), position))


class Following:
    """One answer on its way: the follower, the words, and when it has been silent for too long."""

    def __init__(self, follower: Follower, wording: Wording) -> None:
        self.follower = follower
        self.wording = wording
        self.is_over = False
        self._closed = False
        self._spoke_at = time.monotonic()

    def open(self) -> None:
        """Take a place and be served; raises `Unavailable` and `TooMany`."""
        PLACES.take(self.follower.account.pk)
        POLLER.add(self.follower)

    def close(self) -> None:
        """Give the place back, once."""
        if not self._closed:
            self._closed = self.is_over = True
            POLLER.remove(self.follower)
            PLACES.give_back(self.follower.account.pk)

    def silent_for(self) -> float:
        """For how many seconds it may still say nothing."""
        return self._spoke_at + self.wording.silence_s - time.monotonic()

    def next_piece(self) -> bytes:
        """Say what there is to say now; empty for nothing."""
        position = self.follower.position
        batch = self.follower.take()
        piece = b""
        if batch is not None:
            piece, self.is_over = self.wording.show(batch)
        elif self.follower.lost:
            piece, self.is_over = self.wording.break_off(position), True
        elif self.silent_for() <= 0:
            piece, self.is_over = self.wording.fill(position)
        if piece:
            self._spoke_at = time.monotonic()
        return piece


class LastingAnswer(StreamingHttpResponse):
    """The answer that a follower gets; it holds no connection to the database."""

    def __init__(self, following: Following, has_left: Callable[[], bool]) -> None:
        super().__init__(_Pieces(following, has_left), content_type=following.wording.content_type)
        self.following = following
        # nginx would gather pieces before it passes them on.
        self["X-Accel-Buffering"] = "no"


class _Pieces:
    """The pieces of an answer, each as soon as there is one; a thread waits for them."""

    def __init__(self, following: Following, has_left: Callable[[], bool]) -> None:
        self._following = following
        self._has_left = has_left
        self._first = following.wording.begin()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        first, self._first = self._first, b""
        if first:
            return first
        release_connection()
        following = self._following
        while not following.is_over and not self._has_left():
            if piece := following.next_piece():
                return piece
            following.follower.wait(max(0.0, min(_LOOK_S, following.silent_for())))
        self.close()
        raise StopIteration

    def close(self) -> None:
        self._following.close()


def release_connection() -> None:
    """Give this thread's connection back, unless a transaction needs it."""
    if not connection.in_atomic_block:
        connection.close()
