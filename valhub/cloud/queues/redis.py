"""Redis: queues are lists, which exist as soon as something is in them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kombu.exceptions import KombuError
from redis import Redis as Client
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from valhub.cloud.queues.broker import CONNECT_S
from valhub.cloud.queues.interface import QueueRefused, QueueUnreachable

# Longer than a read for a message blocks.
_ANSWER_S = 10.0


class Redis:
    """See `Broker`."""

    options: Mapping[str, Any] = {
        "socket_connect_timeout": CONNECT_S,
        "socket_timeout": _ANSWER_S,
        "socket_keepalive": True,
    }
    queue_arguments: Mapping[str, Any] = {}

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = Client.from_url(
            url, socket_connect_timeout=CONNECT_S, socket_timeout=_ANSWER_S
        )

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise failures inside a block as a `QueueError`."""
        try:
            yield
        except (AuthenticationError, NoPermissionError) as error:
            raise QueueRefused from error
        except (OSError, RedisError, KombuError) as error:
            raise QueueUnreachable from error

    def make_sure(self, name: str) -> None:
        """Fail when the broker does not answer; there is nothing to be made."""
        self.depth(name)

    def find(self, name: str) -> None:
        """Its name is all there is to know."""

    def depth(self, name: str) -> int | None:
        """How many messages wait in a queue."""
        length = self._client.llen(name)
        assert isinstance(length, int)  # noqa: S101 - the client is not an asynchronous one
        return length

    def check(self) -> None:
        """Fail when the broker does not answer."""
        self._client.ping()
