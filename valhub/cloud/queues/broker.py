"""What differs between brokers, and the Celery application that talks to one of them."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from celery import Celery
from kombu import Exchange, Queue

# The name of the one task there is, the wake-up: a worker is to look into the database.
LOOK = "valhub.look"
# Nobody who submits something waits longer for a broker that is down.
CONNECT_S = 2.0
ANSWER_S = 3.0


class Broker(Protocol):
    """One kind of broker."""

    url: str
    # What Celery's transport is to do differently.
    options: Mapping[str, Any]
    # Arguments of its queues.
    queue_arguments: Mapping[str, Any]

    def errors(self) -> AbstractContextManager[None]:
        """Raise failures inside a block as a `QueueError`."""

    def make_sure(self, name: str) -> None:
        """Make a queue, unless it exists."""

    def find(self, name: str) -> None:
        """Know where a queue is, before something is sent to it."""

    def depth(self, name: str) -> int | None:
        """How many messages wait in a queue; None when it does not exist."""

    def check(self) -> None:
        """Fail when the broker does not answer."""


def celery_app(broker: Broker) -> Celery:
    """Make the application: messages are JSON, received one at a time, and have no result."""
    # Without fixups: the one task there is never touches the database.
    app = Celery("valhub", broker=broker.url, set_as_current=False, fixups=[])
    app.conf.update(
        broker_transport_options=dict(broker.options),
        broker_connection_timeout=CONNECT_S,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        # A worker that is busy answers no heartbeats; a dead connection is found by TCP.
        broker_heartbeat=0,
        task_default_queue="",
        task_ignore_result=True,
        task_acks_late=False,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        worker_consumer="valhub.cloud.queues.listening:OneAtATime",
    )
    return app


def queue_of(broker: Broker, name: str) -> Queue:
    """Describe a queue by its name, which is also how messages find it."""
    return Queue(name, Exchange(""), routing_key=name, queue_arguments=dict(broker.queue_arguments))
