"""Opening the queues that the settings name."""

from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

from valhub.cloud.queues.address import QueueAddress
from valhub.cloud.queues.interface import NoQueues, Queues

if TYPE_CHECKING:
    from valhub.cloud.queues.broker import Broker


def open_queues() -> Queues:
    """Give this process' queues; nothing is connected before something is done with them."""
    return open_at(settings.QUEUE, settings.QUEUE_PREFIX)


@cache
def open_at(address: QueueAddress | None, prefix: str) -> Queues:
    """Give this process' queues at a broker; none at all when there is none."""
    if address is None:
        return NoQueues()
    # Imported here, because a hub on one machine needs nothing of Celery.
    from valhub.cloud.queues.celery_queues import CeleryQueues

    return CeleryQueues(_broker(address), prefix)


def _broker(address: QueueAddress) -> "Broker":
    match address.kind:
        case "amqp":
            from valhub.cloud.queues.rabbitmq import RabbitMQ

            return RabbitMQ(address.url)
        case "redis":
            from valhub.cloud.queues.redis import Redis

            return Redis(address.url)
        case _:
            from valhub.cloud.queues.sqs import SQS

            return SQS(address.region, address.endpoint)
