"""The machine that a process runs on: its environments, and the names of its processes.

Processes are of one machine when they share a cache, whatever their hosts are called.
"""

import hashlib
import os
import socket
from pathlib import Path

from django.conf import settings
from django.db import connection

from valhub.evaluation.execution.environments import store_name


def environments_folder() -> Path:
    """Where this machine's environments are, made when missing."""
    folder = Path(settings.ENGINE_CACHE) / "environments"
    (folder / "guards").mkdir(parents=True, exist_ok=True)
    return folder


def machine_store() -> str:
    """Name of this machine's store of environments."""
    return store_name(environments_folder())


def builders_guard() -> Path:
    """What the worker holds that keeps this hub's builders on this machine.

    Hubs may share a machine and its environments, but no builder works for two of them.
    """
    database = [str(connection.settings_dict[key]) for key in ("HOST", "PORT", "NAME")]
    hub = hashlib.sha256("\n".join(database).encode()).hexdigest()[:16]
    return environments_folder() / "guards" / f"builders-{hub}"


def process_name() -> str:
    """Name of this process among all of the hub's."""
    return f"{socket.gethostname()}-{os.getpid()}"
