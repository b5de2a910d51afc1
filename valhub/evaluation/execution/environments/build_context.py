"""Where environments are built: the one folder a step may write, and the sandbox around it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
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
        Run time of resolving, and again of installing.
    compile_timeout_s : float
        Run time of compiling bytecode; files not compiled by then stay source.
    installed_bytes : int
        Size of the installed files.
    memory_bytes : int
        Memory of a step.
    """

    timeout_s: float = 900.0
    compile_timeout_s: float = 300.0
    installed_bytes: int = 8 * GIB
    memory_bytes: int = 4 * GIB


@dataclass(frozen=True)
class BuildContext:
    """Everything a step needs but its own arguments.

    Attributes
    ----------
    folder : Path
        The folder on this machine; it holds `cache` and `building`. It is one folder, not two,
        because files can be hard-linked from the cache only within one mount.
    """

    sandbox: Sandbox
    folder: Path
    python: Interpreter
    limits: InstallLimits = InstallLimits()

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
