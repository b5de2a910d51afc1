"""The hub's queues by Celery: a message is a task that carries a shard's key and nothing else."""

from valhub.cloud.queues.broker import ANSWER_S, LOOK, Broker, celery_app, queue_of
from valhub.cloud.queues.interface import Listener, OnWakeUp, QueueError

# A connection that broke while it was unused is made again once, at once.
_RETRY = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}


class CeleryQueues:
    """See `Queues`; safe to be used by several threads."""

    def __init__(self, broker: Broker, prefix: str) -> None:
        self.broker = broker
        self._app = celery_app(broker)
        self._prefix = prefix

    def name(self, analysis_pk: int) -> str:
        """Name of an analysis' queue."""
        return f"{self._prefix}analysis-{analysis_pk}"

    def make_sure(self, analysis_pk: int) -> None:
        """Have the analysis' queue be there. Raises `QueueError`."""
        with self.broker.errors():
            self.broker.make_sure(self.name(analysis_pk))

    def send(self, analysis_pk: int, *shard_ids: int | None) -> None:
        """Send a message for each of the shards; None is about no shard. Raises `QueueError`."""
        name = self.name(analysis_pk)
        queue = queue_of(self.broker, name)
        with self.broker.errors(), self._app.producer_pool.acquire(block=True) as producer:
            self.broker.find(name)
            for shard_id in shard_ids:
                self._app.send_task(
                    LOOK,
                    args=[shard_id],
                    queue=queue,
                    producer=producer,
                    retry_policy=_RETRY,
                    confirm_timeout=ANSWER_S,
                )

    def depth(self, analysis_pk: int) -> int | None:
        """How many messages wait, about; None when nobody knows."""
        try:
            with self.broker.errors():
                return self.broker.depth(self.name(analysis_pk))
        except QueueError:
            return None

    def is_reachable(self) -> bool:
        """Whether the broker answers."""
        try:
            with self.broker.errors():
                self.broker.check()
        except QueueError:
            return False
        return True

    def listen(self, on_wake_up: OnWakeUp) -> Listener:
        """Begin to listen, to no queue yet."""
        # Imported here, because only workers need Celery's own worker.
        from valhub.cloud.queues.listening import CeleryListener

        return CeleryListener(self, on_wake_up)
