"""Messages through real brokers: taken one at a time, by whoever is idle."""

import threading
import time

import pytest

from services.hearing import hearing, wait_until
from valhub.cloud.queues import QueueError, QueueUnreachable, read_queue
from valhub.cloud.queues.interface import QueueGone, QueueRefused
from valhub.cloud.queues.opening import open_at


def test_a_message_wakes_whoever_listens(queues):
    with hearing(queues, 1) as heard:
        queues.send(1, 7)
        queues.send(1, 8, None)
        wait_until(lambda: sorted(heard, key=str) == [7, 8, None])


def test_messages_wait_for_somebody_to_listen(queues):
    queues.make_sure(1)
    queues.send(1, 7, 8)
    wait_until(lambda: queues.depth(1) == 2)
    with hearing(queues, 1) as heard:
        wait_until(lambda: len(heard) == 2)
    wait_until(lambda: queues.depth(1) == 0)


def test_another_analysis_messages_are_not_heard(queues):
    queues.make_sure(2)
    with hearing(queues, 1) as heard:
        queues.send(2, 5)
        queues.send(1, 7)
        wait_until(lambda: heard == [7])


def test_an_analysis_that_comes_later_is_listened_to_as_well(queues):
    listener = queues.listen((heard := []).append)
    try:
        listener.listen_to([1])
        listener.listen_to([1, 2])
        queues.send(2, 5)
        wait_until(lambda: heard == [5])
    finally:
        listener.close()


def test_a_busy_listener_leaves_messages_to_others(queues):
    done = threading.Event()
    with hearing(queues, 1, then=lambda _: done.wait()) as first:
        queues.send(1, 1)
        wait_until(lambda: first == [1])
        with hearing(queues, 1) as second:
            queues.send(1, 2, 3, 4)
            wait_until(lambda: sorted(second) == [2, 3, 4])
            done.set()
    assert first == [1]


def test_a_listener_that_was_busy_hears_again(queues):
    done = threading.Event()
    with hearing(queues, 1, then=lambda _: done.wait()) as heard:
        queues.send(1, 1)
        wait_until(lambda: heard == [1])
        queues.send(1, 2)
        done.set()
        wait_until(lambda: heard == [1, 2])


def test_a_lost_queue_is_listened_to_once_it_is_there_again(queues, broker, prefix):
    with hearing(queues, 1) as heard:
        queues.send(1, 1)
        wait_until(lambda: heard == [1])
        time.sleep(1)  # By now the listener waits at its queue again.
        broker.lose(f"{prefix}analysis-1")
        # RabbitMQ may take a queue that is made in the same moment down with the lost one.
        time.sleep(2)
        queues.make_sure(1)
        queues.send(1, 2)
        wait_until(lambda: heard == [1, 2])


def test_a_queue_lost_while_its_listener_was_busy_is_listened_to_again(queues, broker, prefix):
    done = threading.Event()
    with hearing(queues, 1, then=lambda _: done.wait()) as heard:
        queues.send(1, 1)
        wait_until(lambda: heard == [1])
        broker.lose(f"{prefix}analysis-1")
        done.set()
        queues.make_sure(1)
        queues.send(1, 2)
        wait_until(lambda: heard == [1, 2])


@pytest.mark.parametrize("broker", ["sqs"], indirect=True)
def test_no_queue_is_made_by_sending_to_it(queues):
    with pytest.raises(QueueGone):
        queues.send(1, 7)
    assert queues.depth(1) is None


@pytest.mark.parametrize("broker", ["rabbitmq", "redis"], indirect=True)
def test_a_wrong_password_is_told_without_repeating_it(broker, prefix):
    host = broker.url.rpartition("@")[2].rpartition("//")[2]
    scheme = broker.url.partition(":")[0]
    queues = open_at(read_queue(f"{scheme}://guest:swordfish@{host}"), prefix)
    with pytest.raises(QueueRefused) as refusal:
        queues.make_sure(1)
    assert "swordfish" not in str(refusal.value)
    assert not queues.is_reachable()


def test_a_broker_that_comes_back_is_heard_again(restartable, prefix):
    queues = open_at(read_queue(restartable.url), prefix)
    with hearing(queues, 1) as heard:
        queues.send(1, 1)
        wait_until(lambda: heard == [1])
        restartable.server.stop()
        with pytest.raises(QueueUnreachable):
            queues.send(1, 2)
        assert (queues.is_reachable(), queues.depth(1)) == (False, None)
        restartable.server.start()
        queues.make_sure(1)
        queues.send(1, 3)
        wait_until(lambda: heard[-1] == 3, 60)


def test_a_broker_that_was_started_again_is_sent_to_at_once(restartable, prefix):
    queues = open_at(read_queue(restartable.url), prefix)
    queues.make_sure(1)
    queues.send(1, 1)
    restartable.server.stop()
    restartable.server.start()
    queues.make_sure(1)
    queues.send(1, 2)
    wait_until(lambda: queues.depth(1) in (1, 2))


def test_a_broker_that_is_not_there_is_told_quickly(prefix):
    queues = open_at(read_queue("redis://127.0.0.1:1/0"), prefix)
    with pytest.raises(QueueError, match="does not answer"):
        queues.send(1, 7)


def test_a_hub_without_a_broker_sends_nothing_and_lacks_nothing():
    queues = open_at(None, "")
    queues.make_sure(1)
    queues.send(1, 7)
    assert (queues.is_reachable(), queues.depth(1)) == (True, None)
