"""The worker's end of the queues: Celery's own worker in a thread, which does nothing but listen.

It takes one message at a time and calls whoever wants to be woken; that returns when there is
nothing left to do. Meanwhile it receives nothing, so that messages go to workers that are idle.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from celery.exceptions import WorkerShutdown
from celery.worker import WorkController
from celery.worker.consumer import Consumer
from kombu import Message

from valhub.cloud.queues.broker import LOOK, celery_app, queue_of
from valhub.cloud.queues.interface import OnWakeUp

if TYPE_CHECKING:
    from valhub.cloud.queues.celery_queues import CeleryQueues

log = logging.getLogger(__name__)

_START_AGAIN_S = 5.0
_CLOSES_WITHIN_S = 3.0


class OneAtATime(Consumer):  # type: ignore[misc]  # Celery has no types
    """Celery's consumer, which receives nothing more from RabbitMQ while it is at a message.

    A message is acknowledged before its task begins, and RabbitMQ would hand the next one over at
    once, to wait here for a busy worker while others are idle. The other brokers are asked for
    each message.
    """

    class Blueprint(Consumer.Blueprint):  # type: ignore[misc]
        """Without what only messages for later need: queues of its own for every delay."""

        default_steps = tuple(
            step for step in Consumer.Blueprint.default_steps if "delayed_delivery" not in step
        )

    def create_task_handler(self, *args: object) -> Callable[[Message], None]:
        """Make what every message is given to."""
        handle: Callable[[Message], None] = super().create_task_handler(*args)

        def handle_alone(message: Message) -> None:
            # Not acknowledged yet, it is the one message that may be on its way to here.
            self.task_consumer.cancel()
            handle(message)
            # The queue may have been removed meanwhile.
            self.task_consumer.declare()
            self.task_consumer.consume()

        is_pushing = self.connection.transport.driver_type == "amqp"
        return handle_alone if is_pushing else handle


class CeleryListener:
    """See `Listener`; `listen_to` and `close` belong to one thread."""

    def __init__(self, queues: "CeleryQueues", on_wake_up: OnWakeUp) -> None:
        self._queues = queues
        # An application of its own: a task is bound to it once.
        self._app = celery_app(queues.broker)
        self._over = threading.Event()
        self._listened_to: set[int] = set()
        self._controller: WorkController | None = None
        self._thread = threading.Thread(target=self._run, name="queue", daemon=True)

        def look(shard_id: int | None) -> None:
            on_wake_up(shard_id)

        self._app.task(name=LOOK, shared=False)(look)

    def listen_to(self, analysis_pks: Iterable[int]) -> None:
        """Listen to these analyses' queues as well; makes sure of them. Raises `QueueError`."""
        for pk in sorted(set(analysis_pks) - self._listened_to):
            self._queues.make_sure(pk)
            queue = queue_of(self._queues.broker, self._queues.name(pk))
            self._app.amqp.queues.select_add(queue)
            self._listened_to.add(pk)
            if self._controller is not None:
                consumer = self._controller.consumer
                consumer.call_soon(consumer.add_task_queue, queue.name)
        if self._listened_to and not self._thread.is_alive():
            self._thread.start()

    def _run(self) -> None:
        # It would log every message twice; what a worker does is logged by the worker.
        for name in ("celery.worker.strategy", "celery.app.trace"):
            logging.getLogger(name).setLevel(logging.WARNING)
        # Celery looks a task up in the application of the thread it runs in.
        self._app.set_current()
        while not self._over.is_set():
            self._controller = WorkController(
                app=self._app, pool_cls="solo", concurrency=1, use_eventloop=False,
                without_mingle=True, without_gossip=True, without_heartbeat=True,
            )  # fmt: skip
            # It goes on through lost connections; it ends by itself on what it does not know.
            self._controller.start()
            self._over.wait(_START_AGAIN_S)

    def close(self) -> None:
        """Listen no more; what was not received stays in its queue."""
        self._over.set()
        if self._controller is not None:
            self._controller.consumer.call_soon(_leave)
        if self._thread.is_alive():
            # It may be in the middle of asking; it ends with the process then.
            self._thread.join(_CLOSES_WITHIN_S)


def _leave() -> None:
    """End Celery's worker, from inside it."""
    raise WorkerShutdown(0)
