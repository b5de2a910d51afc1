"""`VALHUB_QUEUE`: the broker whose queues wake workers, as one address.

    (unset)                        none: workers look into the database again and again
    amqp://user:password@host      RabbitMQ; amqps:// with TLS
    redis://:password@host:6379/0  Redis; rediss:// with TLS
    sqs://?region=us-east-2        Amazon SQS; endpoint= for a server that speaks its protocol

For SQS, credentials are never part of it: they come from where the AWS tools look for them.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured

_KINDS = {
    "amqp": "amqp",
    "amqps": "amqp",
    "redis": "redis",
    "rediss": "redis",
    "sqs": "sqs",
}
_SQS_OPTIONS = ("endpoint", "region")


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


def read_queue(text: str) -> QueueAddress | None:
    """Read the setting's value; None when it is empty. Raises `ImproperlyConfigured`."""
    if not text:
        return None
    parts = urlsplit(text)
    kind = _KINDS.get(parts.scheme)
    if kind is None or (kind != "sqs" and not parts.hostname):
        # It is not repeated: there may be a password in it.
        raise ImproperlyConfigured(
            "VALHUB_QUEUE is not an address of a broker; set it as amqp://host, redis://host or "
            "sqs://?region=us-east-2, or leave it unset for a hub on one machine."
        )
    return _sqs(parts) if kind == "sqs" else QueueAddress(kind, url=text)


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
            "VALHUB_QUEUE has more than options after sqs://. Take it out: credentials come from "
            "the machine's role, or from where the AWS tools look for them, and a server of your "
            "own is named as endpoint=."
        )
    options = dict(parse_qsl(parts.query))
    for name in sorted(options.keys() - set(_SQS_OPTIONS)):
        raise ImproperlyConfigured(
            f"VALHUB_QUEUE has no option {name!r}; it has {', '.join(_SQS_OPTIONS)}."
        )
    if not options.get("region"):
        raise ImproperlyConfigured(
            "VALHUB_QUEUE names no region. Add region=, as sqs://?region=us-east-2."
        )
    endpoint = options.get("endpoint", "")
    at = urlsplit(endpoint)
    if endpoint and (at.scheme not in ("http", "https") or not at.hostname or "@" in at.netloc):
        raise ImproperlyConfigured(
            "VALHUB_QUEUE has an endpoint that is no plain http:// or https:// address."
        )
    return QueueAddress("sqs", region=options["region"], endpoint=endpoint)
