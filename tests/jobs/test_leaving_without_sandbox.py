"""A worker that was launched does not stay where it cannot work."""

import threading
from contextlib import contextmanager

import pytest

from valhub.evaluation.execution.sandbox import NoSandbox
from valhub.jobs.models import Worker
from valhub.jobs.worker import loop, run_worker


@pytest.mark.django_db(transaction=True)
def test_a_worker_without_a_sandbox_leaves_when_it_has_been_idle_for_long_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries = []

    @contextmanager
    def no_context():
        tries.append(True)
        raise NoSandbox("There is no sandbox here.")
        yield

    monkeypatch.setattr(loop, "open_worker_context", no_context)
    monkeypatch.setattr(loop, "_RETRY_S", 0.1)
    run_worker(threading.Event(), "launched", idle_exit_s=0.15)
    assert len(tries) > 1
    assert not Worker.objects.exists()
