"""Who follows a submission in this process, and what has happened that they were not given yet."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from valhub.accounts.models import Account
from valhub.accounts.selectors.standing import Standing
from valhub.jobs.disclosure.events import shown_events
from valhub.jobs.models import Event, Submission
from valhub.jobs.selectors.events import EventState, event_state, events_after


@dataclass(frozen=True)
class Batch:
    """Some events, as far as a reader may see them."""

    events: tuple[Event, ...]
    # The number of the last one that was read, shown or not.
    last: int
    # The state in which the submission has ended, if that was the last event; else empty.
    ended: str = ""


def read_batch(submission: Submission, account: Account, after: int) -> Batch:
    """Read what has happened to a submission since an event, as an account may see it."""
    # Read after the submission: what it has ended with is among them.
    read = events_after(submission.pk, after)
    return batch_of(read, shown_events(read, submission, account), event_state(submission), after)


def batch_of(read: Sequence[Event], shown: Sequence[Event], state: EventState, after: int) -> Batch:
    """Put a batch together, of events that were read and of those among them that are shown."""
    last = read[-1].number if read else after
    return Batch(tuple(shown), last, state.status if state.has_ended(last) else "")


class Follower:
    """One reader of one submission's events; the poller fills in what it waits for."""

    def __init__(
        self, submission: Submission, account: Account, standing: Standing, after: int
    ) -> None:
        self.submission_id: UUID = submission.pk
        self.account = account
        self.standing = standing
        self.state = event_state(submission)
        self.position = after
        # Whether it is over without the submission's end: the reader asks again if they want.
        self.lost = False
        self._batch: Batch | None = None
        self._news = threading.Event()
        self._wake: Callable[[], object] = self._news.set

    def wake_with(self, wake: Callable[[], object]) -> None:
        """Have another way to be woken than a thread's."""
        self._wake = wake
        if self.lost or self._batch is not None:
            wake()

    def is_ready(self) -> bool:
        """Whether it has taken what there was; it is given no more before."""
        return self._batch is None and not self.lost

    def give(self, batch: Batch) -> None:
        """Give it what has happened; called by the poller alone."""
        self.position = batch.last
        self._batch = batch
        self._wake()

    def lose(self) -> None:
        """End it."""
        self.lost = True
        self._wake()

    def take(self) -> Batch | None:
        """Take what there is."""
        self._news.clear()
        batch, self._batch = self._batch, None
        return batch

    def wait(self, seconds: float) -> None:
        """Wait until there is something, in a thread."""
        self._news.wait(seconds)
