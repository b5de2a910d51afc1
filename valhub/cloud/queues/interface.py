"""What the hub does with its queues, and why it cannot at times."""

from collections.abc import Callable, Iterable
from typing import Protocol

from valhub.errors import ValhubError

# Called with a shard's key, or None when it is not about a shard. While it runs, nothing else is
# received from any queue.
OnWakeUp = Callable[[int | None], None]


class QueueError(ValhubError):
    """The hub's queues cannot be used just now. Waiting work is found without them, only later."""

    code = "queue-trouble"


class QueueUnreachable(QueueError):
    """The queues' broker does not answer. Check VALHUB_QUEUE, and that the broker runs."""

    code = "queue-unreachable"


class QueueRefused(QueueError):
    """The queues' broker refuses the hub. Check user and password, or the machine's role."""

    code = "queue-refused"


class QueueGone(QueueError):
    """The analysis' queue does not exist. The sweeper makes it again within a minute."""

    code = "queue-gone"


class Listener(Protocol):
    """The worker's end of queues."""

    def listen_to(self, analysis_pks: Iterable[int]) -> None:
        """Listen to these analyses' queues as well; makes sure of them. Raises `QueueError`."""

    def close(self) -> None:
        """Listen no more; what was not received stays in its queue."""


class Queues(Protocol):
    """One queue for each analysis."""

    def make_sure(self, analysis_pk: int) -> None:
        """Have the analysis' queue be there. Raises `QueueError`."""

    def send(self, analysis_pk: int, *shard_ids: int | None) -> None:
        """Send a message for each of the shards; None is about no shard. Raises `QueueError`."""

    def depth(self, analysis_pk: int) -> int | None:
        """How many messages wait, about; None when nobody knows."""

    def is_reachable(self) -> bool:
        """Whether the broker answers; true when there is none."""

    def listen(self, on_wake_up: OnWakeUp) -> Listener:
        """Begin to listen, to no queue yet."""


class NoListener:
    """Hears nothing."""

    def listen_to(self, analysis_pks: Iterable[int]) -> None:
        """There is nothing to listen to."""

    def close(self) -> None:
        """There is nothing to close."""


class NoQueues:
    """A hub without a broker: its workers poll."""

    def make_sure(self, analysis_pk: int) -> None:
        """Nothing is needed."""

    def send(self, analysis_pk: int, *shard_ids: int | None) -> None:
        """Nobody listens."""

    def depth(self, analysis_pk: int) -> int | None:
        """Nobody knows."""

    def is_reachable(self) -> bool:
        """Nothing is missing."""
        return True

    def listen(self, on_wake_up: OnWakeUp) -> Listener:  # noqa: ARG002 - nothing wakes it
        """Give a listener that hears nothing."""
        return NoListener()
