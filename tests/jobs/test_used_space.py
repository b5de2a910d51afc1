"""What is measured of disks, on every database."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F

from valhub.jobs.models import Heartbeat, Space
from valhub.jobs.selectors.spaces import disks, used_spaces
from valhub.jobs.services.disks import delete_old_spaces, machine_name, record_disks
from valhub.jobs.services.heartbeats import delete_old_heartbeats, record_heartbeat
from valhub.jobs.used_space import measure_space

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.databases]


def used() -> dict[str, int]:
    assert {one.machine for one in used_spaces()} == {machine_name()}
    return {one.part: one.bytes for one in used_spaces()}


def test_the_parts_of_a_hub_are_measured(hub_data: Path) -> None:
    (hub_data / "files").mkdir(exist_ok=True)
    (hub_data / "files/archive.zip").write_bytes(b"x" * 2_000_000)
    measure_space()
    assert 2_000_000 <= used()["files"] < 2_100_000
    assert used()["database"] > 0
    assert used().keys() == {"files", "uploads", "cache", "database"}


def test_files_are_looked_at_again_only_after_a_while(hub_data: Path) -> None:
    measure_space()
    (hub_data / "uploads").mkdir(exist_ok=True)
    (hub_data / "uploads/large").write_bytes(b"x" * 2_000_000)
    measure_space()
    assert used()["uploads"] < 2_000_000
    Space.objects.update(measured_at=F("measured_at") - timedelta(minutes=6))
    measure_space()
    assert used()["uploads"] >= 2_000_000


def test_disks_are_measured_where_they_are() -> None:
    record_disks()
    record_disks()
    assert [one.disk for one in disks()] == ["data", "cache"]
    assert all(0 < one.free <= one.size for one in disks())
    assert used_spaces() == []


def test_machines_that_are_gone_are_forgotten() -> None:
    record_disks()
    Space.objects.create(machine="gone", what="data size", bytes=1)
    Space.objects.create(machine="gone", what="data free", bytes=1)
    Space.objects.filter(machine="gone").update(measured_at=F("measured_at") - timedelta(hours=1))
    assert {one.machine for one in disks()} == {machine_name()}
    Space.objects.filter(machine="gone").update(measured_at=F("measured_at") - timedelta(days=1))
    delete_old_spaces()
    assert set(Space.objects.values_list("machine", flat=True)) == {machine_name()}


@pytest.mark.parametrize(("days", "kept"), [(6, True), (8, False)])
def test_heartbeats_are_forgotten_after_a_week(days: int, kept: bool) -> None:
    record_heartbeat("supervisor")
    Heartbeat.objects.update(at=F("at") - timedelta(days=days))
    delete_old_heartbeats()
    assert Heartbeat.objects.exists() == kept
