"""A spot instance that is taken away in the middle of a shard."""

import os
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from services.metadata import running_metadata
from tests.evaluation.execution.at_work import processes_at_work
from valhub.analyses.models import AnalysisVersion
from valhub.cloud.instance import ThisInstance
from valhub.jobs.models import FileResult, Shard, Submission, Work, Worker
from valhub.server import instance_worker
from valhub.server.instance_worker import work_on_instance

SLOW = "import time\n\ndef estimate_azimuth(series):\n    time.sleep(300)\n    return 1.0\n"


def wait_for(condition: Callable[[], bool], within_s: float = 120) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "It took too long."
        time.sleep(0.05)


def work_in_a_thread(*args: Any, **options: Any) -> None:
    """Close what a process would close by ending."""
    try:
        work_on_instance(*args, **options)
    finally:
        connections.close_all()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_its_shard_goes_back_at_once_and_is_not_counted_as_a_death(
    tiny_version: AnalysisVersion,
    submit: Callable[..., Submission],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(instance_worker, "POLL_S", 0.1)
    submit(SLOW)
    tags, stop = {"analysis_pk": str(tiny_version.analysis_id)}, threading.Event()
    with running_metadata("i-0123456789abcdef0", tags) as metadata:
        instance = ThisInstance(metadata.url)
        told = {"idle_exit_s": None, "instance": instance}
        worker = threading.Thread(target=work_in_a_thread, args=(stop,), kwargs=told)
        worker.start()
        wait_for(lambda: Shard.objects.filter(state=Work.LEASED).exists(), 120)
        wait_for(lambda: Worker.objects.exists(), 30)
        assert Worker.objects.get().name.startswith("i-0123456789abcdef0-")
        wait_for(lambda: processes_at_work(os.getpid()) is not None)
        metadata.interrupt()
        wait_for(lambda: not Shard.objects.filter(state=Work.LEASED).exists(), 10)
        worker.join(120)
    assert not worker.is_alive()
    assert {shard.deaths for shard in Shard.objects.all()} == {0}
    assert not FileResult.objects.exists()
