"""One run from the command line: what is opened, shown and written; behind `valhub run`."""

import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

import pandas as pd

from valhub.client.exit_codes import ExitCode, exit_code
from valhub.client.locations import display_name, locate_algorithm, locate_package
from valhub.client.progress import progress_on
from valhub.client.report.page import write_report
from valhub.client.report.series import ReportSeries
from valhub.client.result_document import Subject, as_document, check_writable, write_document
from valhub.client.tables import print_result
from valhub.client.terminal import note_lines, open_console, safe
from valhub.evaluation.evaluate import KNOWN_NAMES, Answers, Settings, evaluate
from valhub.evaluation.events import Event, Started
from valhub.evaluation.packages.algorithms.algorithm import Algorithm, open_algorithm
from valhub.evaluation.packages.algorithms.imports import import_notes
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.files.archives import opened
from valhub.evaluation.packages.limits import PACKAGE_LIMITS
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.script_package import ScriptPackage
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.packages.tasks.task_package import TaskPackage
from valhub.evaluation.results import EvaluationResult

Package = TaskPackage | ScriptPackage
STDOUT = "-"


@dataclass(frozen=True)
class RunRequest:
    """What the user asked for; None leaves a choice to the package or the engine.

    Attributes
    ----------
    package, algorithm : str
        As on the command line.
    json_file : str or None
        Where the result goes as JSON; `-` is standard output.
    report : Path or None
        The folder of the HTML report.
    exclude_newer : str or None
        Day or time after which uploaded packages do not count.
    """

    package: str
    algorithm: str
    files: int | None = None
    workers: int | None = None
    timeout_s: float | None = None
    memory_bytes: int | None = None
    json_file: str | None = None
    report: Path | None = None
    exclude_newer: str | None = None


def run_request(request: RunRequest) -> ExitCode:
    """Open, run, show and write; nothing is run when anything that was asked for is at fault.

    Raises
    ------
    ValhubError
        The package, the algorithm, an output or this machine cannot be used.
    """
    _check_outputs(request)
    with ExitStack() as stack:
        package = _as_asked(stack.enter_context(_opened_package(request.package)), request)
        algorithm = stack.enter_context(_opened_algorithm(request.algorithm, package))
        answers = None
        if request.report is not None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="valhub-answers-"))
            answers = Answers(Path(folder))
        result, interrupted = _evaluated(request, package, algorithm, answers)
        _report(request, package, result, answers)
    return exit_code(result, interrupted=interrupted)


def _check_outputs(request: RunRequest) -> None:
    if request.json_file is not None and request.json_file != STDOUT:
        check_writable(Path(request.json_file))
    if request.report is not None:
        check_writable(request.report / "index.html", make_folder=True)


@contextmanager
def _opened_package(name: str) -> Iterator[Package]:
    path = locate_package(name)
    with opened(path, PACKAGE_LIMITS) as root:
        yield open_package(root, known=KNOWN_NAMES, name=display_name(path))


@contextmanager
def _opened_algorithm(name: str, package: Package) -> Iterator[Algorithm]:
    path = locate_algorithm(name)
    config = package.config if isinstance(package, TaskPackage) else None
    function = config.function_name if config else None
    offered = OfferedArguments.from_config(config) if config else None
    notes: list[str] = []
    with opened(path, notes=notes) as root:
        algorithm = open_algorithm(root, function, name=display_name(path), offered=offered)
        provided = config.environment.provided if config else ()
        notes += (*algorithm.notes, *import_notes(algorithm, provided))
        if notes:
            open_console(stderr=True).print(safe(note_lines(notes).strip()))
        yield algorithm


def _as_asked(package: Package, request: RunRequest) -> Package:
    """Let the user's own limits go before the package's."""
    if not isinstance(package, TaskPackage):
        return package
    config = package.config
    limits = {"timeout_s": request.timeout_s, "memory_bytes": request.memory_bytes}
    changed = {
        "limits": config.limits.model_copy(update=_given(limits)),
        "environment": config.environment.model_copy(
            update=_given({"exclude_newer": request.exclude_newer})
        ),
    }
    return replace(package, config=config.model_copy(update=changed))


def _given(options: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in options.items() if value is not None}


def _settings(request: RunRequest) -> Settings:
    """Let the user's own limits be the machine's too: here the two are one person."""
    settings = Settings.from_environment()
    if request.timeout_s is not None:
        limits = replace(settings.limits, timeout_s=request.timeout_s)
        ceiling = max(settings.max_timeout_s, request.timeout_s)
        settings = replace(settings, limits=limits, max_timeout_s=ceiling)
    if request.memory_bytes is not None:
        limits = replace(settings.limits, memory_bytes=request.memory_bytes)
        most = max(settings.max_memory_bytes, request.memory_bytes)
        settings = replace(settings, limits=limits, max_memory_bytes=most)
    return settings


def _evaluated(
    request: RunRequest, package: Package, algorithm: Algorithm, answers: Answers | None
) -> tuple[EvaluationResult, bool]:
    """Evaluate with live progress; return also whether the user interrupted it."""
    with progress_on(open_console(stderr=True)) as progress, _stopping_on_signals() as stopping:

        def on_event(event: Event) -> None:
            if isinstance(event, Started):
                stopping.politely = True
            progress(event)

        result = evaluate(
            package,
            algorithm,
            settings=_settings(request),
            workers=request.workers,
            files=request.files,
            on_event=on_event,
            cancel=stopping.cancel,
            answers=answers,
            exclude_newer=request.exclude_newer,
        )
    return result, stopping.cancel.is_set()


class _Stopping:
    """What Ctrl-C does: ends at once before the files run, asks the engine to stop while they do.

    A second one ends at once in any case.
    """

    def __init__(self) -> None:
        self.cancel = threading.Event()
        self.politely = False

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        if self.cancel.is_set() or not self.politely:
            raise KeyboardInterrupt
        self.cancel.set()


@contextmanager
def _stopping_on_signals() -> Iterator[_Stopping]:
    stopping = _Stopping()
    before = {one: signal.signal(one, stopping) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _report(
    request: RunRequest, package: Package, result: EvaluationResult, answers: Answers | None
) -> None:
    subject = _subject(package, display_name(Path(request.algorithm)))
    out = open_console(stderr=request.json_file == STDOUT)
    print_result(out, result, package=subject.package, algorithm=subject.algorithm)
    if request.report is not None and answers is not None:
        page = write_report(request.report, result, subject, lambda name: _series(answers, name))
        out.print(safe(f"Report: {page}"))
    if request.json_file is not None:
        write_document(as_document(result, subject), request.json_file)


def _subject(package: Package, algorithm: str) -> Subject:
    if not isinstance(package, TaskPackage):
        return Subject(package.name, algorithm)
    columns = package.config.slices
    return Subject(
        package=package.title,
        algorithm=algorithm,
        systems={file.name: str(file.system_id) for file in package.files},
        ranked=frozenset(
            file.name
            for file in package.files
            if file.on_leaderboard and file.part is not Part.FINAL
        ),
        parts={file.name: file.part for file in package.files},
        metadata={
            file.name: {name: file.metadata.get(name) for name in columns} for file in package.files
        },
    )


def _series(answers: Answers, file_name: str) -> ReportSeries:
    data, truth, answer = answers.series(file_name)
    return ReportSeries(
        data if isinstance(data, pd.Series | pd.DataFrame) else None,
        truth if isinstance(truth, pd.Series) else None,
        answer,
    )
