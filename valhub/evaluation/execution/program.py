"""What a sandbox is started with: whose code, which function, in which environment."""

from dataclasses import dataclass
from pathlib import Path

from valhub.evaluation.closed_sentences import ALGORITHM
from valhub.evaluation.execution.environments.interpreters import Interpreter
from valhub.evaluation.execution.guest import scratch
from valhub.evaluation.execution.sandbox.interface import (
    SYSTEM_PATH,
    Bind,
    Command,
    SandboxLimits,
)
from valhub.evaluation.packages.algorithms import argument_binding
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments

_GUEST = Path(__file__).parent / "guest"
# Outside, the guest's module of this name refers to the rule that checks use; inside, it is it.
_BINDING = Path(argument_binding.__file__)
_MODULES = "/algorithm"
SUBMISSION = "submission"
_PACKAGES = "/environment"
_HARNESS = "/valhub"
_BOOT = (
    f"import sys; sys.path.insert(0, {_HARNESS!r}); "
    "from valhub_guest.main import main; main(int(sys.argv[1]))"
)


@dataclass(frozen=True)
class Program:
    """One function of some code, ready to be called inside.

    Attributes
    ----------
    code : Path
        Its folder on this machine.
    module, function : str
        What to import inside.
    shown_as : str
        Name of the package that `code` is inside; its modules can also be imported as siblings.
    packages : Path or None
        Its environment's packages; None for an interpreter without any package.
    binds : tuple of Bind
        Further files it may read.
    offered : OfferedArguments or None
        What a task offers the function besides the data; None for a script package's function.
    who : str
        How messages call it.
    """

    code: Path
    module: str
    function: str
    interpreter: Interpreter
    shown_as: str = SUBMISSION
    packages: Path | None = None
    binds: tuple[Bind, ...] = ()
    offered: OfferedArguments | None = None
    who: str = ALGORITHM

    @property
    def shown_at(self) -> str:
        """Where `code` is inside."""
        return f"{_MODULES}/{self.shown_as}"

    def setup(self) -> dict[str, object]:
        """First message to the guest."""
        offered = self.offered
        return {
            "code": self.shown_at,
            "module": self.module,
            "function": self.function,
            "packages": [_PACKAGES] if self.packages else [],
            "modules": [_MODULES, self.shown_at],
            "offered": list(offered.names) if offered else None,
            "by_position": offered is not None and offered.by_position,
        }

    def command(self, descriptor: int, limits: SandboxLimits) -> Command:
        """Start the guest, to serve the host on an inherited descriptor."""
        # -S keeps site-packages' start-up files from running before the guest's limits stand.
        argv = [str(self.interpreter.executable), "-I", "-S", "-B", "-c", _BOOT, str(descriptor)]
        binds = [
            Bind(_GUEST, f"{_HARNESS}/valhub_guest"),
            Bind(_BINDING, f"{_HARNESS}/valhub_guest/{_BINDING.name}"),
            Bind(self.code, self.shown_at),
            *self.binds,
        ]
        if self.packages:
            binds.append(Bind(self.packages, _PACKAGES))
        return Command(
            argv=argv,
            binds=binds,
            env=self._environment(),
            limits=limits,
            interpreter=self.interpreter.prefix,
            cwd=str(scratch.WORKING),
        )

    def _environment(self) -> dict[str, str]:
        # One thread per library: a run is parallel over files, and its times should be comparable.
        threads = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "NUMBA", "RAYON")
        return {
            **{f"{name}_NUM_THREADS": "1" for name in threads},
            "POLARS_MAX_THREADS": "1",
            "LOKY_MAX_CPU_COUNT": "1",
            # For interpreters that the algorithm starts itself; the guest adds PYTHONPATH.
            "PATH": f"{self.interpreter.executable.parent}:{SYSTEM_PATH}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "USER": "algorithm",
            "LOGNAME": "algorithm",
            "MPLCONFIGDIR": "/tmp/matplotlib",  # noqa: S108 - the sandbox's own
            "NUMBA_CACHE_DIR": "/tmp/numba",  # noqa: S108
        }
