"""RabbitMQ: quorum queues, which outlive the loss of a machine; publishing is confirmed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from amqp.exceptions import AccessRefused, AMQPError, MessageNacked, NotAllowed, NotFound
from kombu import Connection
from kombu.exceptions import KombuError

from valhub.cloud.queues.broker import ANSWER_S, CONNECT_S, queue_of
from valhub.cloud.queues.interface import QueueGone, QueueRefused, QueueUnreachable


class RabbitMQ:
    """See `Broker`."""

    options: Mapping[str, Any] = {
        "confirm_publish": True,
        "read_timeout": ANSWER_S,
        "write_timeout": ANSWER_S,
    }
    queue_arguments: Mapping[str, Any] = {"x-queue-type": "quorum"}

    def __init__(self, url: str) -> None:
        self.url = url

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise failures inside a block as a `QueueError`."""
        try:
            yield
        except NotFound as error:
            raise QueueGone from error
        except (AccessRefused, NotAllowed) as error:
            raise QueueRefused from error
        except (OSError, AMQPError, MessageNacked, KombuError) as error:
            raise QueueUnreachable from error

    def _connection(self) -> Connection:
        return Connection(self.url, connect_timeout=CONNECT_S, transport_options=self.options)

    def make_sure(self, name: str) -> None:
        """Have a queue be there."""
        with self._connection() as connection:
            queue_of(self, name).bind(connection.default_channel).declare()

    def find(self, name: str) -> None:
        """Its name is all there is to know."""

    def depth(self, name: str) -> int | None:
        """How many messages wait in a queue."""
        with self._connection() as connection:
            queue = queue_of(self, name).bind(connection.default_channel)
            return int(queue.queue_declare(passive=True).message_count)

    def check(self) -> None:
        """Fail when the broker does not answer."""
        with self._connection() as connection:
            connection.connect()
