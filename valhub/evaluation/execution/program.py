"""What a sandbox is started with: whose code, which function, in which environment."""

import sys
from dataclasses import dataclass
from pathlib import Path

from valhub.evaluation.execution.sandbox.interface import Bind, Command, SandboxLimits

_GUEST = Path(__file__).parent / "guest"
# The submission is importable as the package `submission`, and its modules as siblings.
MODULES = "/algorithm"
CODE = "/algorithm/submission"
_PACKAGES = "/environment"
_HARNESS = "/valhub"
_BOOT = (
    f"import sys; sys.path.insert(0, {_HARNESS!r}); "
    "from valhub_guest.main import main; main(int(sys.argv[1]))"
)


@dataclass(frozen=True)
class Interpreter:
    """A Python installation: its program, its prefix and its version, such as `3.11.7`."""

    executable: Path
    prefix: Path
    version: str

    @classmethod
    def own(cls) -> "Interpreter":
        """Describe the installation that runs this process."""
        prefix = Path(sys.base_prefix)
        number = f"{sys.version_info.major}.{sys.version_info.minor}"
        return cls(prefix / "bin" / f"python{number}", prefix, sys.version.split()[0])


@dataclass(frozen=True)
class Program:
    """One function of somebody's code, ready to be called inside.

    Attributes
    ----------
    code : Path
        Its folder on this machine.
    module, function : str
        What to import inside, with `code` shown as the package `submission`.
    packages : Path or None
        Its environment's packages; None for an interpreter with no package at all.
    binds : tuple of Bind
        Further files it may read.
    """

    code: Path
    module: str
    function: str
    interpreter: Interpreter
    packages: Path | None = None
    binds: tuple[Bind, ...] = ()

    def setup(self) -> dict[str, object]:
        """First message to the guest."""
        return {
            "module": self.module,
            "function": self.function,
            "packages": [_PACKAGES] if self.packages else [],
            "modules": [CODE, MODULES],
        }

    def command(self, descriptor: int, limits: SandboxLimits) -> Command:
        """Start the guest, to serve the host on an inherited descriptor."""
        # -S keeps site-packages' start-up files from running before the guest's limits stand.
        argv = [str(self.interpreter.executable), "-I", "-S", "-B", "-c", _BOOT, str(descriptor)]
        binds = [Bind(_GUEST, f"{_HARNESS}/valhub_guest"), Bind(self.code, CODE), *self.binds]
        if self.packages:
            binds.append(Bind(self.packages, _PACKAGES))
        return Command(
            argv=argv,
            binds=binds,
            env=_environment(self.packages is not None),
            limits=limits,
            interpreter=self.interpreter.prefix,
            cwd=CODE,
        )


def _environment(has_packages: bool) -> dict[str, str]:  # noqa: FBT001 - private
    # One thread a library: a run is parallel over files, and its times should mean something.
    threads = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "NUMBA")
    paths = f"{_PACKAGES}:{CODE}:{MODULES}" if has_packages else f"{CODE}:{MODULES}"
    return {
        **{f"{name}_NUM_THREADS": "1" for name in threads},
        "PYTHONPATH": paths,  # for interpreters that the algorithm starts itself
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLCONFIGDIR": "/tmp/matplotlib",  # noqa: S108 - the sandbox's own
        "NUMBA_CACHE_DIR": "/tmp/numba",  # noqa: S108
    }
