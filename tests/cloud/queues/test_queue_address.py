"""What VALHUB_QUEUE may be, and what is said of anything else."""

import traceback

import pytest
from django.core.exceptions import ImproperlyConfigured

from valhub.cloud.queues.address import QueueAddress, read_prefix, read_queue


def test_nothing_is_no_broker():
    assert read_queue("") is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("amqp://user:word@host:5672/site", "amqp"),
        ("amqps://host", "amqp"),
        ("redis://:word@host:6379/1", "redis"),
        ("rediss://host", "redis"),
    ],
)
def test_a_broker_is_known_by_its_scheme(text, kind):
    assert read_queue(text) == QueueAddress(kind, url=text)


def test_sqs_has_a_region_and_perhaps_an_endpoint():
    address = read_queue("sqs://?region=us-east-2&endpoint=http://127.0.0.1:5000")
    assert address == QueueAddress("sqs", region="us-east-2", endpoint="http://127.0.0.1:5000")


def test_a_password_is_not_shown():
    assert "swordfish" not in repr(read_queue("amqp://user:swordfish@host"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kafka://host", "not an address of a broker"),
        ("amqp://", "not an address of a broker"),
        ("sqs://", "names no region"),
        ("sqs://AKIAKEY:swordfish@?region=us-east-2", "credentials come from"),
        ("sqs://host/?region=us-east-2", "credentials come from"),
        ("sqs://?region=us-east-2&password=swordfish", "no option 'password'"),
        ("sqs://?region=us-east-2&endpoint=https://me:swordfish@host", "without a user"),
        ("sqs://?region=us-east-2&endpoint=ftp://host", "set it to http://HOST"),
        ("amqp://[swordfish", "not an address of a broker"),
        ("redis://:sword/fish:swordfish@host", "percent-encoded"),
        ("sqs://[swordfish?region=us-east-2", "not an address of a broker"),
    ],
)
def test_a_wrong_address_is_told_with_its_mend_and_without_its_secrets(text, told):
    with pytest.raises(ImproperlyConfigured, match=told) as refusal:
        read_queue(text)
    assert "swordfish" not in "".join(traceback.format_exception(refusal.value))


@pytest.mark.parametrize("text", ["a b", "x" * 41, "hub/"])
def test_a_prefix_that_is_no_queues_name_is_refused(text):
    with pytest.raises(ImproperlyConfigured, match="VALHUB_QUEUE_PREFIX"):
        read_prefix(text)
