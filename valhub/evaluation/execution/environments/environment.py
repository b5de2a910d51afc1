"""A finished environment, and how it is protected while in use."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.execution.environments.guards import held
from valhub.evaluation.execution.environments.interpreters import Interpreter


@dataclass(frozen=True)
class Environment:
    """An installed set of packages.

    Attributes
    ----------
    path : Path
        The folder of packages. The base interpreter, run with `-I -S` in a sandbox, adds it with
        `site.addsitedir`; no program runs from it outside.
    key : str
        Name of the environment: hash of lock, Python and platform.
    lock_hash : str
        Content hash of the lock, for the receipt.
    python : Interpreter
        What it was installed for.
    guard : Path
        The store's lock file for it.
    exclude_newer : str or None
        Day or time; packages uploaded later did not count when its requirements were resolved.
    undated : tuple of str
        Packages for which that is not known, as the index gives no upload times.
    """

    path: Path
    key: str
    lock_hash: str
    python: Interpreter
    guard: Path
    exclude_newer: str | None = None
    undated: tuple[str, ...] = ()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep the environment from being removed inside the block.

        Raises
        ------
        EvaluationError
            When it has been removed already.
        """
        with held(self.guard, shared=True):
            if not self.path.is_dir():
                raise EvaluationError(
                    "The environment was removed to free disk space before it was used. Request "
                    "it again.",
                    code="environment-removed",
                )
            yield
