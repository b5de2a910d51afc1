"""Where environments are built: the one folder a step may write, and the sandbox around it."""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from valhub.evaluation.execution.environments.interpreters import Interpreter
from valhub.evaluation.execution.sandbox import Bind, Command, Sandbox, SandboxLimits

GIB = 1024**3
INSIDE = "/build"
"""Where the build's folder is inside the sandbox."""


@dataclass(frozen=True)
class InstallLimits:
    """What making one environment may take.

    Attributes
    ----------
    timeout_s : float
        Run time of each step: resolving, installing, and compiling bytecode. Files that are not
        compiled by then stay source.
    installed_bytes : int
        Size of the installed files.
    installed_files : int
        Number of them.
    memory_bytes : int
        Memory of a step.
    projects : int
        How many projects of the index one step may ask about.
    metadata_bytes, required : int
        Size of one package's metadata, and how many requirements it may list.
    """

    timeout_s: float = 300.0
    installed_bytes: int = 8 * GIB
    installed_files: int = 200_000
    memory_bytes: int = 4 * GIB
    projects: int = 2_000
    metadata_bytes: int = 4 * 1024**2
    required: int = 2_000


@dataclass(frozen=True)
class BuildContext:
    """Everything a step needs but its own arguments.

    Attributes
    ----------
    folder : Path
        The folder on this machine; it holds `cache` and `building`. It is one folder, not two,
        because files can be hard-linked from the cache only within one mount.
    cancel : threading.Event
        Ends a step when it is set.
    """

    sandbox: Sandbox
    folder: Path
    python: Interpreter
    limits: InstallLimits = InstallLimits()
    cancel: threading.Event = field(default_factory=threading.Event)

    def site_packages(self, name: str) -> str:
        """Path inside the sandbox of the packages of an environment that is being built."""
        return f"{INSIDE}/building/{name}/site-packages"

    def command(
        self,
        argv: Sequence[str],
        *,
        binds: Sequence[Bind] = (),
        env: dict[str, str] | None = None,
        loopback: bool = False,
    ) -> Command:
        """Return a command that may write the build and sees nothing else of this machine."""
        cores = os.cpu_count() or 1
        return Command(
            argv,
            binds=(*binds, Bind(self.folder, INSIDE, writable=True)),
            env=env or {},
            limits=SandboxLimits(
                memory_bytes=self.limits.memory_bytes,
                file_bytes=self.limits.installed_bytes,
                open_files=4096,
                cores=float(cores),
            ),
            interpreter=self.python.prefix,
            loopback=loopback,
            keeps_files=True,
        )
