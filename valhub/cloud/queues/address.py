"""`VALHUB_QUEUE`: the broker whose queues wake workers, as one address.

    (unset)                        none: workers poll the database
    amqp://user:password@host      RabbitMQ; amqps:// with TLS
    redis://:password@host:6379/0  Redis; rediss:// with TLS
    sqs://?region=us-east-2        Amazon SQS; endpoint= for a server that speaks its protocol

For SQS, credentials are never part of it: they come from where the AWS tools look for them.
"""

import re
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import SplitResult

from django.core.exceptions import ImproperlyConfigured
from pydantic import AnyUrl, TypeAdapter, UrlConstraints, ValidationError

from valhub.cloud.addresses import (
    CREDENTIALS,
    Endpoint,
    Options,
    Region,
    read_options,
    split_address,
)

_KINDS = {"amqp": "amqp", "amqps": "amqp", "redis": "redis", "rediss": "redis"}
_BROKER: TypeAdapter[AnyUrl] = TypeAdapter(
    Annotated[AnyUrl, UrlConstraints(allowed_schemes=list(_KINDS), host_required=True)]
)


@dataclass(frozen=True)
class QueueAddress:
    """A broker.

    Attributes
    ----------
    kind : str
        `amqp`, `redis` or `sqs`.
    url : str
        As it was set; it may hold a password. Empty for SQS.
    region, endpoint : str
        For SQS only; an empty endpoint is Amazon's own.
    """

    kind: str
    url: str = field(default="", repr=False)
    region: str = ""
    endpoint: str = ""


class SQSOptions(Options):
    """Options behind `sqs://?`."""

    region: Region
    endpoint: Endpoint = ""


def read_queue(text: str) -> QueueAddress | None:
    """Read the setting's value; None when it is empty. Raises `ImproperlyConfigured`."""
    if not text:
        return None
    parts = split_address(text)
    if parts.scheme == "sqs":
        return _sqs(parts)
    try:
        return QueueAddress(_KINDS[_BROKER.validate_python(text).scheme], url=text)
    except ValidationError:
        # Neither repeated nor chained: there may be a password in it.
        raise ImproperlyConfigured(
            "VALHUB_QUEUE is not an address of a broker; set it as amqp://HOST, redis://HOST or "
            "sqs://?region=us-east-2, with special characters of a password percent-encoded, or "
            "leave it unset for a hub on one machine."
        ) from None


def read_prefix(text: str) -> str:
    """Read what the names of this hub's queues begin with. Raises `ImproperlyConfigured`."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", text):
        raise ImproperlyConfigured(
            f"VALHUB_QUEUE_PREFIX is {text!r}; set it to 1 to 40 letters, digits, - and _."
        )
    return text


def _sqs(parts: SplitResult) -> QueueAddress:
    if parts.netloc or parts.path.strip("/"):
        raise ImproperlyConfigured(
            "VALHUB_QUEUE has more than options after sqs://. Remove the rest: "
            f"{CREDENTIALS}; a server of your own is named as endpoint=."
        )
    options = read_options("VALHUB_QUEUE", SQSOptions, parts.query)
    return QueueAddress("sqs", region=options.region, endpoint=options.endpoint)
