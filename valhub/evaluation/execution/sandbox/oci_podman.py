"""podman's command line: a container of one staged root, with nothing of the account's own podman.

Its records lie on the stage, in memory, and are gone with it; so no container has to be cleared
away by name, and no lock is shared between sandboxes.
"""

from collections.abc import Sequence
from pathlib import Path

from valhub.evaluation.execution.sandbox.interface import SandboxLimits
from valhub.evaluation.execution.sandbox.oci_stage import STAGE

# Host ids of the container's root are above all accounts that commands run as.
_ROOTS_ABOVE = 0x2000_0000
# Neither hooks nor secrets that a distribution gives to every container.
_SETTINGS = """
[containers]
log_driver = "none"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
lock_type = "file"
hooks_dir = []
"""


def write_settings(folder: Path) -> Path:
    """Write podman's configuration, which takes the place of this machine's."""
    path = folder / "containers.conf"
    path.write_text(_SETTINGS)
    return path


def podman_arguments(
    *,
    runtime: str,
    owner: int,
    group: str,
    limits: SandboxLimits,
    profile: Path,
    argv: Sequence[str],
) -> list[str]:
    """Build the command line, for who finds a stage with the container's root.

    Parameters
    ----------
    runtime : str
        `runc` or `crun`.
    owner : int
        Host's id of the account inside.
    group : str
        The control group the container's own is to be in.
    profile : Path
        The seccomp profile.
    argv : sequence of str
        The container's first process.
    """
    return [
        *("podman", "--root", f"{STAGE}/storage", "--runroot", f"{STAGE}/run"),
        *("--tmpdir", f"{STAGE}/records", "--storage-driver", "vfs"),
        *("--runtime", runtime, "--default-mounts-file", "/dev/null"),
        *("--log-level", "error", "run"),
        *("--read-only", "--read-only-tmpfs=false", "--volume", f"{STAGE}/shm:/dev/shm:exec"),
        *("--network", "none", "--no-hosts", "--hostname", "sandbox", "--ipc", "none"),
        *("--passwd=false", "--systemd=false", "--cgroups=no-conmon", f"--cgroup-parent={group}"),
        *("--cap-drop", "all", "--security-opt", "no-new-privileges"),
        *("--security-opt", f"seccomp={profile}", "--security-opt", "mask=/sys"),
        # What is bound in has this machine's labels, which must stay.
        *("--security-opt", "label=disable"),
        *_account(owner),
        # The group has the limits; without one here podman would set its own.
        *("--pids-limit", "0", "--ulimit", f"nofile={limits.open_files}:{limits.open_files}"),
        *("--ulimit", f"nproc={limits.processes}:{limits.processes}"),
        *("--rootfs", f"{STAGE}/root", *argv),
    ]


def _account(owner: int) -> list[str]:
    """Map root inside, whom nobody is, and the command's account, to ids that nobody else has."""
    maps = (f"0:{owner + _ROOTS_ABOVE}:1", f"1000:{owner}:1")
    mapped = [word for each in maps for word in ("--uidmap", each, "--gidmap", each)]
    return [*mapped, "--user", "1000:1000"]
