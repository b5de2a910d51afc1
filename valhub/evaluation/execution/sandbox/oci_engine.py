"""Which container engine and runtime there are on this machine."""

import subprocess
from dataclasses import dataclass

from valhub.evaluation.execution.sandbox.interface import NoSandbox
from valhub.evaluation.execution.sandbox.tools import missing, tool_path

_TOOLS = ("unshare", "mount", "prlimit", "sh")
# crun is the quicker one, but will not have the control groups of version 1.
_RUNTIMES = {1: ("runc",), 2: ("crun", "runc")}
_NOT_TO_BE_HAD = {
    "docker": (
        "docker starts containers from a service of its own, which would let them outlive a run "
        "that was killed"
    ),
    "runsc": (
        "gVisor keeps count of processes and temporary files to itself, so that what a call leaves "
        "behind cannot be seen from outside"
    ),
}


@dataclass(frozen=True)
class Engine:
    """What makes containers here.

    Attributes
    ----------
    runtime : str
        Name of the OCI runtime.
    version : str
        Both, with their versions.
    """

    runtime: str
    version: str


def find_engine(engine: str = "", runtime: str = "", *, cgroup_version: int) -> Engine:
    """Find the engine and the runtime that are asked for, or the first there are.

    Parameters
    ----------
    engine : str
        `podman`, or nothing.
    runtime : str
        `runc` or `crun`, or nothing.
    cgroup_version : int
        Version of the control groups here.

    Raises
    ------
    NoSandbox
        When there is none, or another one was asked for; says why.
    """
    for asked in (engine, runtime):
        if asked in _NOT_TO_BE_HAD:
            raise NoSandbox(
                f"The sandbox oci does not work with {asked}: {_NOT_TO_BE_HAD[asked]}. "
                "Set VALHUB_SANDBOX=oci:podman?runtime=runc."
            )
    runtimes = (runtime,) if runtime else _RUNTIMES[cgroup_version]
    there = [each for each in runtimes if tool_path(each)]
    lacking = missing(("podman", *_TOOLS)) + ([] if there else [" or ".join(runtimes)])
    if lacking:
        raise NoSandbox(
            f"The sandbox oci needs {', '.join(lacking)}, which this machine does not have. "
            f"Install the Debian packages podman, runc and util-linux."
        )
    versions = [_version("podman"), _version(there[0])]
    return Engine(there[0], ", ".join(versions))


def _version(tool: str) -> str:
    said = subprocess.run(
        [str(tool_path(tool)), "--version"], capture_output=True, text=True, check=False
    )
    return said.stdout.partition("\n")[0]
