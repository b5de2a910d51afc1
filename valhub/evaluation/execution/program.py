"""What a sandbox is started with: whose code, which function, in which environment."""

from dataclasses import dataclass
from pathlib import Path

from valhub.evaluation.execution.environments.interpreters import Interpreter
from valhub.evaluation.execution.sandbox.interface import Bind, Command, SandboxLimits

_GUEST = Path(__file__).parent / "guest"
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
    """

    code: Path
    module: str
    function: str
    interpreter: Interpreter
    shown_as: str = SUBMISSION
    packages: Path | None = None
    binds: tuple[Bind, ...] = ()

    @property
    def shown_at(self) -> str:
        """Where `code` is inside."""
        return f"{_MODULES}/{self.shown_as}"

    def setup(self) -> dict[str, object]:
        """First message to the guest."""
        return {
            "module": self.module,
            "function": self.function,
            "packages": [_PACKAGES] if self.packages else [],
            "modules": [_MODULES, self.shown_at],
        }

    def command(self, descriptor: int, limits: SandboxLimits) -> Command:
        """Start the guest, to serve the host on an inherited descriptor."""
        # -S keeps site-packages' start-up files from running before the guest's limits stand.
        argv = [str(self.interpreter.executable), "-I", "-S", "-B", "-c", _BOOT, str(descriptor)]
        binds = [
            Bind(_GUEST, f"{_HARNESS}/valhub_guest"),
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
            cwd=self.shown_at,
        )

    def _environment(self) -> dict[str, str]:
        # One thread per library: a run is parallel over files, and its times should be comparable.
        threads = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "NUMBA")
        return {
            **{f"{name}_NUM_THREADS": "1" for name in threads},
            # For interpreters that the algorithm starts itself.
            "PYTHONPATH": ":".join([*([_PACKAGES] if self.packages else []), _MODULES]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "MPLCONFIGDIR": "/tmp/matplotlib",  # noqa: S108 - the sandbox's own
            "NUMBA_CACHE_DIR": "/tmp/numba",  # noqa: S108
        }
