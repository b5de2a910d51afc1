"""A sandbox that has been proved safe on this machine since its last boot."""

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.execution.sandbox.canary import find_holes
from valhub.evaluation.execution.sandbox.interface import NoSandbox, Sandbox

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@contextmanager
def proven_sandbox(cache_dir: Path) -> Iterator[Bubblewrap]:
    """Open the sandbox, proved by the canary once per boot, account and version.

    Parameters
    ----------
    cache_dir : Path
        Where the proof is remembered.

    Raises
    ------
    NoSandbox
        When something is missing, or something gets through; says what, and how to fix it.
    """
    with Bubblewrap.open() as sandbox:
        proof = cache_dir / "sandbox" / _fingerprint(sandbox)
        if not proof.exists():
            prove(sandbox)
            proof.parent.mkdir(parents=True, exist_ok=True)
            for old in proof.parent.iterdir():
                with suppress(FileNotFoundError):
                    old.unlink()
            proof.touch()
        yield sandbox


def prove(sandbox: Sandbox) -> None:
    """Run the canary; raises `NoSandbox` with every hole it finds."""
    prefix = Path(sys.base_prefix)
    executable = prefix / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    holes = find_holes(sandbox, executable, prefix)
    if holes:
        raise NoSandbox(
            "The sandbox does not hold on this machine, so nothing is run: code inside "
            f"{'; '.join(holes)}. Run `valhub doctor` for what this machine lacks."
        )


def _fingerprint(sandbox: Bubblewrap) -> str:
    """Name of a proof: valid until the machine, the account or this code changes."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    version = sandbox.hierarchy.version if sandbox.hierarchy else 0
    digest.update(f"{_BOOT_ID.read_text()} {os.getuid()} {version} {sys.version}".encode())
    return digest.hexdigest()
