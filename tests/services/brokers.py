"""Brokers of every kind, as tests want them: started, stopped, robbed of their queues."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest
from kombu import Connection

from services.aws import REGION, running_aws
from services.rabbitmq import RabbitMQ, running_rabbitmq
from services.redis import Redis, running_redis

KINDS = ("rabbitmq", "redis", "sqs")


@dataclass(frozen=True)
class Broker:
    """A running broker; `url` is what VALHUB_QUEUE is set to."""

    kind: str
    url: str
    server: "RabbitMQ | Redis | None"
    lose: Callable[[str], None]


@contextmanager
def running_broker(kind: str) -> Iterator[Broker]:
    """Start a broker of a kind; it ends with the block."""
    with ExitStack() as stack:
        if kind == "rabbitmq":
            rabbitmq = stack.enter_context(running_rabbitmq())
            yield Broker(kind, rabbitmq.url, rabbitmq, lambda name: _delete(rabbitmq.url, name))
        elif kind == "redis":
            redis = stack.enter_context(running_redis())
            yield Broker(kind, redis.url, redis, lambda _: redis.lose_everything())
        else:
            aws = stack.enter_context(running_aws())
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            for name, value in aws.environment.items():
                patch.setitem(os.environ, name, value)
            url = f"sqs://?region={REGION}&endpoint={aws.url}"
            yield Broker(kind, url, None, lambda _: aws.empty())


def _delete(url: str, name: str) -> None:
    with Connection(url) as connection:
        connection.default_channel.queue_delete(name)


@pytest.fixture(scope="session", params=KINDS)
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A broker of each kind in turn."""
    with running_broker(request.param) as running:
        yield running


@pytest.fixture(scope="session", params=KINDS[:2])
def restartable(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A broker of one's own, of each kind that can be ended and started again."""
    with running_broker(request.param) as running:
        yield running
