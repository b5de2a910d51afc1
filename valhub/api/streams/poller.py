"""The one thread of a process that reads the database for all of its followers.

With nobody to follow there is no thread and no connection. However many there are, a round is one
query for the states of their submissions; only those that have something new cost more.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db import Error, connection

from valhub.accounts.selectors.standing import still_let_in
from valhub.api.streams.followers import Batch, Follower, batch_of
from valhub.http.stop_times import STOP_TIMES
from valhub.jobs.disclosure.events import shown_events
from valhub.jobs.disclosure.readers import Reader, reader_of
from valhub.jobs.models import Event, Submission
from valhub.jobs.selectors.events import EventState, event_states, events_after

log = logging.getLogger(__name__)

ROUND_S = 0.25
# How often those who were let in are looked at again; see `still_let_in`.
LOOK_EVERY_S = 1.0
# What every database takes as values of one query.
_AT_ONCE = 500


class Poller:
    """Gives followers what they wait for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._followers: set[Follower] = set()
        self._thread: threading.Thread | None = None
        self._looked_at = float("-inf")

    def add(self, follower: Follower) -> None:
        """Begin to serve a follower."""
        with self._lock:
            self._followers.add(follower)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="events", daemon=True)
                self._thread.start()

    def remove(self, follower: Follower) -> None:
        """Serve it no more."""
        with self._lock:
            self._followers.discard(follower)

    def _run(self) -> None:
        while followers := self._present():
            try:
                self._serve(followers)
            except Error as error:
                # Followers stay: they get what they missed when the database is back.
                reason = str(error).partition("\n")[0]
                log.warning("events_not_read reason=%s", reason)
                connection.close()
            except Exception:  # the outermost loop of this thread: without it, all would wait
                log.exception("events_not_served")
            time.sleep(ROUND_S)

    def _present(self) -> Sequence[Follower]:
        """Give the followers there are; without any, the thread has ended."""
        with self._lock:
            if not self._followers:
                connection.close()
                self._thread = None
            return [*self._followers]

    def _serve(self, followers: Sequence[Follower]) -> None:
        if STOP_TIMES.stops():
            for one in followers:
                one.lose()
            return
        if time.monotonic() - self._looked_at >= LOOK_EVERY_S:
            self._look_at(followers)
            self._looked_at = time.monotonic()
        ready = _by_submission(one for one in followers if one.is_ready())
        for some in _pieces([*ready]):
            states = event_states(some)
            for pk in some:
                _serve_all(pk, states.get(pk), ready[pk])

    @staticmethod
    def _look_at(followers: Sequence[Follower]) -> None:
        standing = still_let_in({one.standing for one in followers})
        for one in followers:
            if one.standing not in standing:
                one.lose()


def _by_submission(followers: Iterator[Follower]) -> dict[UUID, list[Follower]]:
    found: dict[UUID, list[Follower]] = defaultdict(list)
    for one in followers:
        found[one.submission_id].append(one)
    return found


def _pieces(keys: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))


def _serve_all(pk: UUID, state: EventState | None, followers: Sequence[Follower]) -> None:
    """Serve all followers of one submission, whose state was read before its events are."""
    waiting = []
    for one in followers:
        if state is None or not _same_owners(state, one.state):
            one.lose()  # Deleted, or another's by now: whether they may still see it is asked anew.
        elif one.position < state.count or state.has_ended(one.position):
            waiting.append(one)
    if state is not None and waiting:
        _give(pk, state, waiting)


def _same_owners(one: EventState, other: EventState) -> bool:
    return (one.created_by, one.organiser) == (other.created_by, other.organiser)


def _give(pk: UUID, state: EventState, followers: Sequence[Follower]) -> None:
    """Read what some have not got, once, and give everybody what they may see of it."""
    submission = Submission.objects.select_related("analysis").filter(pk=pk).first()
    if submission is None:
        return
    read = events_after(pk, min(one.position for one in followers))
    of_readers: dict[Reader, list[Event]] = {}
    for one in followers:
        reader = reader_of(submission, one.account)
        if reader not in of_readers:
            of_readers[reader] = shown_events(read, submission, one.account)
        one.give(_since(one.position, read, of_readers[reader], state))


def _since(
    position: int, read: Sequence[Event], shown: Sequence[Event], state: EventState
) -> Batch:
    return batch_of(
        [one for one in read if one.number > position],
        [one for one in shown if one.number > position],
        state,
        position,
    )


POLLER = Poller()
"""That of this process."""
