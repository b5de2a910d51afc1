"""The one call: a package and an algorithm go in; verdicts, scores and costs come out."""

import os
import threading
from collections.abc import Callable

from valhub.evaluation.events import Event, FileDone, Finished, Preparing, Started
from valhub.evaluation.execution.environments import EnvironmentStore
from valhub.evaluation.execution.sandbox.proof import proven_sandbox
from valhub.evaluation.packages.algorithms.algorithm import Algorithm
from valhub.evaluation.packages.script_package import ScriptPackage
from valhub.evaluation.packages.tasks.task_package import TaskPackage
from valhub.evaluation.results import EvaluationResult
from valhub.evaluation.run_context import RunContext
from valhub.evaluation.scoring.metrics import KNOWN_NAMES
from valhub.evaluation.script_evaluation import evaluate_script
from valhub.evaluation.settings import Settings
from valhub.evaluation.stored_answers import Answers
from valhub.evaluation.task_evaluation import evaluate_task

__all__ = [
    "KNOWN_NAMES",
    "Answers",
    "Event",
    "FileDone",
    "Finished",
    "Preparing",
    "Settings",
    "Started",
    "evaluate",
]


def evaluate(
    package: TaskPackage | ScriptPackage,
    algorithm: Algorithm,
    *,
    settings: Settings | None = None,
    workers: int | None = None,
    files: int | None = None,
    reveal: bool = True,
    on_event: Callable[[Event], None] = lambda _: None,
    cancel: threading.Event | None = None,
    answers: Answers | None = None,
    exclude_newer: str | None = None,
) -> EvaluationResult:
    """Run an algorithm over a package and score it.

    Parameters
    ----------
    package : TaskPackage or ScriptPackage
        What to evaluate on; its folder stays in place meanwhile.
    algorithm : Algorithm
        What to evaluate.
    settings : Settings, optional
        The settings of this machine; read from the environment by default.
    workers : int, optional
        Files at a time, each in a sandbox of its own; as many as processors by default.
    files : int, optional
        Run only this many files, the package's first ones.
    reveal : bool
        Whether the author may read exceptions and prints of hidden files in full: on their own
        machine, yes; on a server, no.
    on_event : callable
        Receives every event, from several threads but one at a time.
    cancel : threading.Event, optional
        Set it, and the evaluation ends within two seconds with what it has so far.
    answers : Answers, optional
        Stores the algorithm's answers for the report's plots.
    exclude_newer : str, optional
        Day or time after which uploaded packages do not count, where the package names none.

    Returns
    -------
    EvaluationResult

    Raises
    ------
    NoSandbox
        When this machine has no safe sandbox; nothing has run then.
    InvalidPackage, InvalidRequirements
        When the data or the requirements turn out to be at fault; nothing has run then.
    """
    settings = settings or Settings.from_environment()
    with proven_sandbox(settings.cache_dir) as sandbox:
        context = RunContext(
            settings=settings,
            sandbox=sandbox,
            environments=EnvironmentStore(
                settings.cache_dir / "environments", sandbox, limits=settings.install
            ),
            workers=workers or len(os.sched_getaffinity(0)),
            files=files,
            reveal=reveal,
            on_event=on_event,
            cancel=cancel or threading.Event(),
            answers=answers,
            exclude_newer=exclude_newer,
        )
        if isinstance(package, TaskPackage):
            return evaluate_task(package, algorithm, context)
        return evaluate_script(package, algorithm, context)
