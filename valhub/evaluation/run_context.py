"""What one evaluation carries with it, whichever kind of package it runs."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from valhub.evaluation.events import Event, Preparing
from valhub.evaluation.execution.environments import (
    Environment,
    EnvironmentStore,
    KeptLocks,
    LockPolicy,
    find_interpreter,
)
from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.program import SUBMISSION, Program
from valhub.evaluation.execution.sandbox import Bind, Sandbox
from valhub.evaluation.packages.algorithms.entry_points import EntryPoint
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.requirements.requirements_txt import Requirements
from valhub.evaluation.scoring import SCORER_VERSION
from valhub.evaluation.settings import Settings
from valhub.evaluation.stored_answers import Answers


@dataclass(frozen=True)
class RunContext:
    """Where and how one evaluation runs.

    Attributes
    ----------
    files : int or None
        Run only this many files, the first ones.
    reveal : bool
        Whether the author may read exceptions and prints of hidden files in full.
    answers : Answers or None
        Where the algorithm's answers are stored.
    exclude_newer : str or None
        Day or time after which uploaded packages do not count, where the package names none.
    kept_locks : KeptLocks or None
        Where locks are kept besides this machine's store.
    """

    settings: Settings
    sandbox: Sandbox
    environments: EnvironmentStore
    workers: int
    files: int | None
    reveal: bool
    on_event: Callable[[Event], None]
    cancel: threading.Event
    answers: Answers | None = None
    exclude_newer: str | None = None
    kept_locks: KeptLocks | None = None

    def environment(
        self, requirements: Requirements, *, exclude_newer: str | None = None
    ) -> Environment:
        """Return the environment that some code asks for.

        Parameters
        ----------
        exclude_newer : str, optional
            What the package declares; it goes before the run's own.
        """
        self.on_event(Preparing("Preparing the environment."))
        return self.environments.environment(
            requirements.lines,
            python=find_interpreter(requirements.python),
            policy=LockPolicy(exclude_newer or self.exclude_newer, self.kept_locks),
            log=lambda what: self.on_event(Preparing(what)),
        )

    def host(
        self,
        program: Program,
        limits: CallLimits,
        deadline: float,
        *,
        isolated: bool = False,
        timed: bool = False,
    ) -> Host:
        """Make a host of this run."""
        return Host(
            self.sandbox,
            program,
            limits,
            deadline=deadline,
            cancel=self.cancel,
            isolated=isolated,
            timed=timed,
        )

    def receipt(self, environment: Environment, **hashes: str) -> dict[str, str]:
        """What the result depends on, so that anyone can compare."""
        return {
            **hashes,
            **receipt_of(environment),
            "scorer": SCORER_VERSION,
            "sandbox": self.sandbox.name,
        }


def receipt_of(environment: Environment) -> dict[str, str]:
    """What a result owes to an environment: its lock, and until when packages counted, if known."""
    receipt = {"environment_lock": environment.lock_hash}
    if environment.exclude_newer is not None:
        receipt["packages_until"] = environment.exclude_newer
        if environment.undated:
            receipt["packages_without_upload_time"] = ", ".join(environment.undated)
    return {**receipt, "python": environment.python.version}


def program(
    root: Path,
    entry: EntryPoint,
    environment: Environment,
    binds: tuple[Bind, ...] = (),
    offered: OfferedArguments | None = None,
) -> Program:
    """Some code as a program to be called inside."""
    own = entry.root_is_package
    return Program(
        code=root,
        module=entry.module if own else f"{SUBMISSION}.{entry.module}",
        function=entry.function,
        interpreter=environment.python,
        shown_as=entry.module if own else SUBMISSION,
        packages=environment.path,
        binds=binds,
        offered=offered,
    )
