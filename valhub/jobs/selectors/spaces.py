"""What was measured of the machines' disks and of what the hub takes on them."""

from datetime import timedelta
from typing import NamedTuple

from valhub.jobs.clock import ago
from valhub.jobs.models import Space
from valhub.jobs.services.disks import DISKS, FREE, SIZE

_NEW = timedelta(minutes=15)


class MachineDisk(NamedTuple):
    """A disk of one machine, and its bytes."""

    machine: str
    disk: str
    size: int
    free: int


class UsedSpace(NamedTuple):
    """The bytes that a part of the hub takes on one machine."""

    machine: str
    part: str
    bytes: int


def disks() -> list[MachineDisk]:
    """Read the disks of all machines that measured them lately."""
    found = {(machine, what): number for machine, what, number in _measured()}
    return [
        MachineDisk(machine, disk, size, found[machine, f"{disk} {FREE}"])
        for disk in DISKS
        for (machine, what), size in found.items()
        if what == f"{disk} {SIZE}" and (machine, f"{disk} {FREE}") in found
    ]


def used_spaces() -> list[UsedSpace]:
    """Read what the parts of the hub take."""
    of_disks = {f"{disk} {kind}" for disk in DISKS for kind in (SIZE, FREE)}
    return [UsedSpace(*row) for row in _measured() if row[1] not in of_disks]


def _measured() -> list[tuple[str, str, int]]:
    rows = Space.objects.filter(measured_at__gte=ago(_NEW)).order_by("machine", "what")
    return list(rows.values_list("machine", "what", "bytes"))
