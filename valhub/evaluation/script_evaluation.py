"""An algorithm under a script package: the organiser's `evaluate` asks and judges."""

import time
from dataclasses import replace
from pathlib import Path

from valhub.evaluation.answer_boundary import answer_boundary
from valhub.evaluation.closed_sentences import EVALUATE
from valhub.evaluation.errors import UnusableEvaluation
from valhub.evaluation.events import FileDone, Finished, Started
from valhub.evaluation.execution.environments import (
    Environment,
    InstallTimeout,
    InvalidRequirements,
    NoInterpreter,
)
from valhub.evaluation.execution.outcome import unscored
from valhub.evaluation.execution.sandbox import Bind
from valhub.evaluation.execution.script_run import (
    ScriptOutcome,
    evaluation_failure,
    run_script,
)
from valhub.evaluation.packages.algorithms.algorithm import Algorithm
from valhub.evaluation.packages.faults import all_faults
from valhub.evaluation.packages.files.readable_folders import readable
from valhub.evaluation.packages.requirements.requirements_txt import Requirements, read_requirements
from valhub.evaluation.packages.script_package import ScriptPackage
from valhub.evaluation.results import Aggregate, Best, EvaluationResult, FileOutcome, Verdict
from valhub.evaluation.run_context import RunContext, program
from valhub.evaluation.scoring.script_result import InvalidResult, metrics_of

_DATA = "/analysis"
_UNREADABLE = "The analysis' evaluate returned a value that cannot be read as a result."


def evaluate_script(
    package: ScriptPackage, algorithm: Algorithm, context: RunContext
) -> EvaluationResult:
    """Let a script package's `evaluate` judge an algorithm; see `evaluate`."""
    started = time.monotonic()
    organisers, participants = script_environments(package, algorithm, context)
    context.on_event(Started(1))
    with (
        organisers.in_use(),
        participants.in_use(),
        readable(package.root) as judging,
        readable(algorithm.root) as judged,
    ):
        limits = context.settings.limits_for()
        deadline = started + limits.total_s
        # The evaluator alone sees the truth; its own calls may take as long as the run.
        binds = tuple(
            _bind(judging / path.relative_to(package.root))
            for path in (package.test_data, package.annotation)
        )
        judge = replace(program(judging, package.entry, organisers, binds), who=EVALUATE)
        code = program(judged, algorithm.entry, participants)
        patient = replace(limits, timeout_s=limits.total_s)
        with (
            context.host(judge, patient, deadline) as evaluator,
            context.host(code, limits, deadline) as host,
        ):
            outcome = run_script(
                evaluator,
                host,
                test_data=binds[0].target,
                annotation=binds[1].target,
                timeout_s=limits.timeout_s,
                total_s=limits.total_s,
                reveal=context.reveal,
            )
    file, report = _file_result(package.test_data.name, outcome, reveal=context.reveal)
    context.on_event(FileDone(file, 1, 1))
    context.on_event(Finished())
    primary = next(iter(file.metrics), "")
    return EvaluationResult(
        verdict=file.verdict,
        message=file.message,
        coverage=file.coverage,
        primary_metric=primary,
        primary_column=primary,
        # More is better unless the analysis says otherwise when it is published.
        aggregates={
            name: Aggregate.of_script(name, value, Best.HIGHEST)
            for name, value in file.metrics.items()
        },
        slices=(),
        files=(file,),
        wall_s=time.monotonic() - started,
        result=outcome.returned if file.verdict is Verdict.SCORED else None,
        report=report,
        receipt=context.receipt(
            participants,
            package=package.content_hash,
            algorithm=algorithm.content_hash,
            evaluator_lock=organisers.lock_hash,
        ),
    )


def script_environments(
    package: ScriptPackage, algorithm: Algorithm, context: RunContext
) -> tuple[Environment, Environment]:
    """Make the environments of a package's evaluator and of an algorithm.

    Raises
    ------
    InvalidRequirements, NoInterpreter, InstallTimeout
        When the algorithm's requirements are at fault.
    UnusableEvaluation
        When the package's own are.
    """
    with all_faults(package.name) as faults:
        asked = read_requirements(package.requirements, faults)
    return _organisers_environment(asked, context), context.environment(algorithm.requirements)


def _organisers_environment(asked: Requirements, context: RunContext) -> Environment:
    """Make the evaluator's environment; when that fails, it is not the algorithm's fault."""
    try:
        return context.environment(asked)
    except (InvalidRequirements, InstallTimeout, NoInterpreter) as error:
        raise UnusableEvaluation(
            "The requirements of the analysis' own evaluation cannot be installed; its organiser "
            f"must fix them. {error}"
        ) from error


def _bind(path: Path) -> Bind:
    return Bind(path, f"{_DATA}/{path.name}")


def _file_result(name: str, outcome: ScriptOutcome, *, reveal: bool) -> tuple[FileOutcome, str]:
    """Return the result of the one file, and what its organiser alone may read of it."""
    result = unscored(name, outcome.failure, outcome.cost, outcome.logs)
    # An evaluation that fails on an answer has judged it: the answer may be why.
    result = replace(result, judged=outcome.ran)
    if outcome.failure is not None:
        return result, outcome.report
    if outcome.calls == 0:
        # A constant result would be every algorithm's.
        text = (
            "The analysis' evaluate returned a result without calling predict_func, so it says "
            "nothing about the algorithm. Its organiser must call predict_func in evaluate."
        )
        return replace(result, verdict=Verdict.ORGANISER_ERROR, message=text), text
    try:
        with answer_boundary(lambda _: InvalidResult(_UNREADABLE), InvalidResult):
            metrics = metrics_of(outcome.returned)
    except InvalidResult as error:
        shown = evaluation_failure(str(error), answered=True).shown(reveal=reveal)
        failed = replace(result, verdict=shown.verdict, message=shown.message, judged=True)
        return failed, str(error)
    return replace(result, metrics=metrics, coverage=1.0, judged=True), ""
