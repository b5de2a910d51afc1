"""Queues at real brokers."""

import itertools

import pytest

from services.brokers import Broker, broker, restartable
from valhub.cloud.queues import Queues, read_queue
from valhub.cloud.queues.opening import open_at

__all__ = ["broker", "restartable"]

_NUMBERS = itertools.count()


@pytest.fixture
def prefix() -> str:
    """What no other test's queues begin with."""
    return f"test{next(_NUMBERS)}-"


@pytest.fixture
def queues(broker: Broker, prefix: str) -> Queues:
    """Queues that no other test has."""
    return open_at(read_queue(broker.url), prefix)
