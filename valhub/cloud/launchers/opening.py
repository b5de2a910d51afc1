"""Choosing a launcher by its address."""

from pathlib import Path

from valhub.cloud.launchers.address import LauncherAddress, LocalAddress
from valhub.cloud.launchers.interface import Launcher


def open_launcher(
    address: LauncherAddress, *, hub: str, folder: Path, idle_s: float
) -> Launcher | None:
    """Open the launcher that an address names; None when there is none.

    Parameters
    ----------
    address : LauncherAddress
        As `read_launcher` gives it.
    hub : str
        Distinguishes this hub from others that use the same account at AWS.
    folder : Path
        The hub's data, which distinguishes it from others on the same machine.
    idle_s : float
        How long a worker without work stays.
    """
    if address is None:
        return None
    if isinstance(address, LocalAddress):
        from valhub.cloud.launchers.local_process import LocalLauncher

        return LocalLauncher(str(folder), idle_s)
    # Imported here, because most hubs know nothing of AWS.
    from valhub.cloud.launchers.ec2 import EC2Launcher

    return EC2Launcher(address, hub, idle_s)
