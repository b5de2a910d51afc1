"""What works on this machine, and how to fix what does not."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from valhub.evaluation.execution.sandbox import cgroups
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap, missing_tools
from valhub.evaluation.execution.sandbox.interface import NoSandbox
from valhub.evaluation.execution.sandbox.proof import prove
from valhub.evaluation.execution.sandbox.tools import tool_path

_NAMESPACES = Path("/proc/sys/user/max_user_namespaces")


@dataclass(frozen=True)
class Check:
    """One thing looked at. `needed` is false where evaluations run without it, if less well."""

    name: str
    ok: bool
    detail: str
    fix: str = ""
    needed: bool = True


def doctor() -> list[Check]:
    """Look at everything an evaluation needs of this machine."""
    return [_interpreter(), _tools(), _namespaces(), _cgroups(), _sandbox()]


def _interpreter() -> Check:
    version = sys.version.split()[0]
    return Check(
        "Python",
        sys.version_info >= (3, 11),
        f"{version} at {sys.base_prefix}",
        "Install Python 3.11 or newer.",
    )


def _tools() -> Check:
    missing = missing_tools()
    if missing:
        detail = f"{', '.join(missing)} not found"
        fix = "Install the Debian packages bubblewrap and util-linux."
        return Check("bubblewrap", ok=False, detail=detail, fix=fix)
    bwrap = [str(tool_path("bwrap")), "--version"]
    version = subprocess.run(bwrap, capture_output=True, text=True, check=False)
    return Check("bubblewrap", ok=True, detail=version.stdout.strip())


def _namespaces() -> Check:
    allowed = int(_NAMESPACES.read_text()) if _NAMESPACES.exists() else 0
    return Check(
        "user namespaces",
        allowed > 0,
        f"up to {allowed}",
        "Set the sysctl user.max_user_namespaces above 0, and kernel.unprivileged_userns_clone "
        "to 1 where it exists.",
    )


def _cgroups() -> Check:
    hierarchy = cgroups.detect()
    if hierarchy is not None:
        return Check("control groups", ok=True, detail=f"version {hierarchy.version}")
    return Check(
        "control groups",
        ok=False,
        detail="this account may not create any: memory is watched by sampling, and processor time "
        "is not measured",
        fix="Run as root, or under systemd with Delegate=yes: "
        "`systemd-run --user --scope -p Delegate=yes …`.",
        needed=False,
    )


def _sandbox() -> Check:
    try:
        with Bubblewrap.open() as sandbox:
            prove(sandbox)
    except (NoSandbox, OSError) as error:
        account = "root" if os.getuid() == 0 else "this account"
        fix = f"Fix what is missing above, then run `valhub doctor` again as {account}."
        return Check("sandbox", ok=False, detail=str(error), fix=fix)
    return Check("sandbox", ok=True, detail="bubblewrap holds: the canary found no way out")
