"""Starting and ending the workers of an analysis: as processes here, or as EC2 instances.

`interface` is what every launcher does, `local_process` and `ec2` do it, `address` is the setting
that chooses one. A launcher keeps nothing in memory that matters: what runs is found by its tags,
so that whoever launched it may die at any line.
"""

from valhub.cloud.launchers.address import LauncherAddress, read_launcher
from valhub.cloud.launchers.interface import (
    Instance,
    InstanceState,
    Launcher,
    LauncherError,
    LauncherUnreachable,
    LaunchRefused,
)
from valhub.cloud.launchers.opening import open_launcher

__all__ = [
    "Instance",
    "InstanceState",
    "LaunchRefused",
    "Launcher",
    "LauncherAddress",
    "LauncherError",
    "LauncherUnreachable",
    "open_launcher",
    "read_launcher",
]
