"""Queues that wake workers of other machines: one queue for each analysis.

The database decides who does what; a message only says that there is something to decide. So it
may be lost, doubled or late. `address` is the setting that chooses a broker, `interface` what the
hub does with its queues, `celery_queues` does it by Celery, `listening` is the worker's end;
`rabbitmq`, `redis` and `sqs` are what differs between brokers. Without a broker nothing of
Celery is imported.
"""

from valhub.cloud.queues.address import QueueAddress, read_queue
from valhub.cloud.queues.interface import QueueError, Queues, QueueUnreachable
from valhub.cloud.queues.opening import open_queues

__all__ = [
    "QueueAddress",
    "QueueError",
    "QueueUnreachable",
    "Queues",
    "open_queues",
    "read_queue",
]
