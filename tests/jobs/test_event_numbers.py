"""Numbers of events: none is left out or comes late, whoever writes, however long it takes."""

import random
import threading
import time
from uuid import UUID

import pytest
from django.db import connections, transaction

from tests.jobs.conftest import MakeRun
from valhub.accounts.models import Account
from valhub.cloud.transactions import again_after_deadlock
from valhub.jobs.models import Event
from valhub.jobs.selectors.events import event_states, events_after
from valhub.jobs.services.events import record_event

WRITERS, EVENTS = 3, 12


class TakenBack(Exception):
    """A transaction that ends without a trace."""


@again_after_deadlock
def write(submission_id: UUID, *, pause_s: float, taken_back: bool) -> None:
    with transaction.atomic():
        record_event(submission_id, "file", run=1)
        record_event(submission_id, "note", reason="second of a transaction")
        time.sleep(pause_s)
        if taken_back:
            raise TakenBack


def write_many(submission_id: UUID, seed: int) -> None:
    chance = random.Random(seed)
    try:
        for number in range(EVENTS):
            try:
                write(submission_id, pause_s=0.01 * chance.random(), taken_back=number % 3 == 0)
            except TakenBack:
                continue
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_a_reader_never_sees_a_number_before_the_one_below_it(
    make_run: MakeRun, participant: Account
) -> None:
    pk = make_run(participant).submission_id
    before = Event.objects.filter(submission=pk).count()
    writers = [threading.Thread(target=write_many, args=(pk, one)) for one in range(WRITERS)]
    for one in writers:
        one.start()
    rounds = 0
    while any(one.is_alive() for one in writers):
        count = event_states([pk])[pk].count
        seen = [one.number for one in events_after(pk, 0)]
        assert seen == list(range(1, len(seen) + 1))
        assert count <= len(seen)
        rounds += 1
    for one in writers:
        one.join()
    assert rounds > 1
    written = before + WRITERS * 2 * EVENTS * 2 // 3
    assert [one.number for one in events_after(pk, 0)] == list(range(1, written + 1))
    assert event_states([pk])[pk].count == written
