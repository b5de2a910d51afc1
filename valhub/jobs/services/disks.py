"""The space on the disks of all machines of the hub, as each of them last measured it.

Every process measures free space; the sweeper also what the parts of the hub take, which has to
look at every file.
"""

import socket
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now

from valhub.cloud.free_space import disk_of
from valhub.jobs.clock import ago
from valhub.jobs.models import Space

SIZE, FREE = "size", "free"
# What lies on the disk of each folder is measured under these names.
DISKS = ("data", "cache")
_KEPT = timedelta(days=1)


def machine_name() -> str:
    """Name of this machine among those of the hub."""
    return socket.gethostname()[:100]


def record_disks() -> None:
    """Record the free space of this machine's disks."""
    for disk, folder in zip(DISKS, (settings.DATA, settings.ENGINE_CACHE), strict=True):
        found = disk_of(folder)
        record_space({f"{disk} {SIZE}": found.size, f"{disk} {FREE}": found.free})


def record_space(measured: Mapping[str, int | None]) -> None:
    """Record bytes of this machine by what takes them; None is left out."""
    for what, number in measured.items():
        if number is not None:
            Space.objects.update_or_create(
                machine=machine_name(),
                what=what,
                defaults={"bytes": number, "measured_at": Now()},
                create_defaults={"bytes": number},
            )


def delete_old_spaces() -> None:
    """Forget machines that have measured nothing for a day."""
    Space.objects.filter(measured_at__lt=ago(_KEPT)).delete()
