"""Shows what works on this machine: the work behind `valhub doctor`."""

import subprocess

import uv
from rich.text import Text

from valhub.client.terminal import joined, open_console, safe
from valhub.evaluation.execution.sandbox.doctor import Check, doctor


def print_checkup() -> bool:
    """Print every check, and how to fix what does not work; return whether a run is possible."""
    out = open_console()
    checks = [*doctor(), check_uv()]
    for check in checks:
        out.print(_line(check))
        if not check.ok and check.fix:
            out.print(safe(f"          {check.fix}"))
    healthy = all(check.ok or not check.needed for check in checks)
    out.print(
        "Evaluations can run on this machine."
        if healthy
        else "No evaluation can run on this machine until this is fixed."
    )
    return healthy


def check_uv() -> Check:
    """Look for uv, which makes the environments of algorithms."""
    fix = "Install the project's locked packages again: make setup."
    try:
        binary = uv.find_uv_bin()
        said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return Check("uv", ok=False, detail=str(error), fix=fix)
    return Check("uv", ok=True, detail=said.stdout.strip())


def _line(check: Check) -> Text:
    mark, style = ("works", "green") if check.ok else ("missing", "bold red")
    if not check.ok and not check.needed:
        mark, style = "reduced", "yellow"
    return joined(safe(f"{mark:<8}  ", style), safe(f"{check.name}: {check.detail}"))
