"""Transactions that the database ends without anybody's fault are done again."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, transaction

from services.locks import impatient, locked
from valhub.cloud.transactions import again_after_deadlock, through_an_outage
from valhub.jobs.models import Worker

pytestmark = pytest.mark.django_db(transaction=True)


def crosswise(done: list[str]) -> list[Callable[[], None]]:
    """Two transactions that lock two rows, each the other one first."""
    both = threading.Barrier(2)

    def one(first: str, second: str) -> None:
        meet = both

        @again_after_deadlock
        def lock() -> None:
            nonlocal meet
            with transaction.atomic():
                Worker.objects.select_for_update().get(name=first)
                if not connection.features.has_select_for_update:
                    done.append(first)  # the transaction holds the whole database
                    return
                met, meet = meet, threading.Barrier(1)
                met.wait(120)
                Worker.objects.select_for_update().get(name=second)
                done.append(first)

        try:
            lock()
        finally:
            connection.close()

    return [lambda: one("a", "b"), lambda: one("b", "a")]


def test_of_two_that_wait_for_each_other_both_come_through() -> None:
    for name in "ab":
        Worker.objects.create(name=name)
    done: list[str] = []
    with ThreadPoolExecutor(2) as pool:
        for running in [pool.submit(each) for each in crosswise(done)]:
            running.result()
    assert sorted(done) == ["a", "b"]


def test_what_is_written_waits_through_trouble() -> None:
    with impatient(), locked() as let_go:
        threading.Timer(2.0, let_go).start()
        through_an_outage(lambda: Worker.objects.create(name="late"), within_s=240)
    assert Worker.objects.get().name == "late"


@pytest.mark.slow
def test_trouble_that_lasts_is_told() -> None:
    with impatient(), locked(), pytest.raises(OperationalError):
        through_an_outage(lambda: Worker.objects.create(name="never"), within_s=0.5)
    assert not Worker.objects.exists()


def test_inside_a_transaction_nothing_is_done_twice() -> None:
    tries = []

    def fail() -> None:
        tries.append(1)
        raise OperationalError

    with pytest.raises(OperationalError), transaction.atomic():
        through_an_outage(fail, within_s=30)
    assert len(tries) == 1
