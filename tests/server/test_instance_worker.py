"""A worker that reads its analysis from its instance's tag, and leaves when that is taken away."""

import threading
from collections.abc import Iterator

import pytest

from services.metadata import InstanceMetadata, running_metadata
from valhub.cloud.instance import InstanceUnknown, ThisInstance
from valhub.server import instance_worker
from valhub.server.instance_worker import leaving_in_time, work_on_instance


@pytest.fixture
def metadata(monkeypatch: pytest.MonkeyPatch) -> Iterator[InstanceMetadata]:
    monkeypatch.setattr(instance_worker, "POLL_S", 0.02)
    with running_metadata("i-0123456789abcdef0", {"analysis_pk": "42"}) as running:
        yield running


def test_a_worker_stops_once_its_instance_is_to_be_taken_away(
    metadata: InstanceMetadata, caplog: pytest.LogCaptureFixture
) -> None:
    stop = threading.Event()
    with leaving_in_time(ThisInstance(metadata.url), stop):
        assert not stop.wait(0.2)
        metadata.interrupt()
        assert stop.wait(120)
    assert "instance_interrupted notice=terminate at 2031-01-01T12:00:00Z" in caplog.text


def test_a_metadata_service_that_falls_silent_stops_nobody(
    metadata: InstanceMetadata, caplog: pytest.LogCaptureFixture
) -> None:
    silent, stop = ThisInstance("http://127.0.0.1:9"), threading.Event()
    with leaving_in_time(silent, stop):
        assert not stop.wait(0.3)
    assert "interruption_unknown" in caplog.text


def test_a_machine_that_is_no_instance_takes_no_work() -> None:
    with pytest.raises(InstanceUnknown, match="No instance metadata service answers"):
        work_on_instance(
            threading.Event(), idle_exit_s=None, instance=ThisInstance("http://127.0.0.1:9")
        )


def test_an_instance_without_the_tag_takes_no_work(metadata: InstanceMetadata) -> None:
    del metadata.entries["tags/instance/analysis_pk"]
    with pytest.raises(InstanceUnknown, match="The tag analysis_pk of this instance is missing"):
        work_on_instance(threading.Event(), idle_exit_s=None, instance=ThisInstance(metadata.url))
