"""Amazon SQS: standard queues, asked by long polling, made by nobody but `make_sure`.

Celery gets the address of each queue, so that a queue which does not exist is an error instead of
being made with whatever attributes Celery thinks best.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from kombu.exceptions import KombuError

from valhub.cloud.queues.broker import ANSWER_S, CONNECT_S
from valhub.cloud.queues.interface import QueueGone, QueueRefused, QueueUnreachable

# SQS waits up to 20 s; but of several queues Celery asks one after the other.
LONG_POLL_S = 5
_GONE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
_UNANSWERED = (
    "InternalError", "RequestThrottled", "ServiceUnavailable", "Throttling", "ThrottlingException",
    "AWS.SimpleQueueService.QueueDeletedRecently", "QueueDeletedRecently",
)  # fmt: skip
# A message is acknowledged on receipt; it comes again only when its receiver dies just then.
_ATTRIBUTES = {
    "VisibilityTimeout": "30",
    "ReceiveMessageWaitTimeSeconds": str(LONG_POLL_S),
    "MessageRetentionPeriod": str(14 * 24 * 3600),
    "SqsManagedSseEnabled": "true",
}


class SQS:
    """See `Broker`."""

    queue_arguments: Mapping[str, Any] = {}

    def __init__(self, region: str, endpoint: str) -> None:
        at = urlsplit(endpoint)
        self.url = f"sqs://{at.netloc}"
        self._region, self._endpoint = region, endpoint or None
        # Address by name; Celery's transport looks into this very dictionary.
        self._known: dict[str, dict[str, str]] = {}
        self.options: Mapping[str, Any] = {
            "region": region,
            "predefined_queues": self._known,
            "is_secure": at.scheme != "http",
            "wait_time_seconds": LONG_POLL_S,
            "polling_interval": 0,
            "client-config": {
                "connect_timeout": CONNECT_S,
                "read_timeout": LONG_POLL_S + ANSWER_S,
                "retries": {"mode": "standard", "total_max_attempts": 2},
            },
        }

    @cached_property
    def _client(self) -> Any:
        config = Config(
            connect_timeout=CONNECT_S,
            read_timeout=ANSWER_S,
            retries={"mode": "standard", "total_max_attempts": 2},
        )
        session = boto3.Session(region_name=self._region)
        return session.client("sqs", endpoint_url=self._endpoint, config=config)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise failures inside a block as a `QueueError`."""
        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _GONE:
                self._known.clear()
                raise QueueGone from error
            raise (QueueUnreachable if code in _UNANSWERED else QueueRefused) from error
        except NoCredentialsError as error:
            raise QueueRefused from error
        except (OSError, BotoCoreError, KombuError) as error:
            raise QueueUnreachable from error

    def make_sure(self, name: str) -> None:
        """Make a queue, unless it exists: making one may need more rights."""
        self._known.pop(name, None)
        try:
            self.find(name)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _GONE:
                raise
            made = self._client.create_queue(QueueName=name, Attributes=_ATTRIBUTES)
            self._known[name] = {"url": made["QueueUrl"]}

    def find(self, name: str) -> None:
        """Ask where a queue is, once."""
        if name not in self._known:
            self._known[name] = {"url": self._client.get_queue_url(QueueName=name)["QueueUrl"]}

    def depth(self, name: str) -> int | None:
        """How many messages wait in a queue, about."""
        self.find(name)
        wanted = "ApproximateNumberOfMessages"
        answer = self._client.get_queue_attributes(
            QueueUrl=self._known[name]["url"], AttributeNames=[wanted]
        )
        return int(answer["Attributes"][wanted])

    def check(self) -> None:
        """Fail when the broker does not answer."""
        self._client.list_queues(MaxResults=1)
