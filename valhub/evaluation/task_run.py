"""One algorithm prepared to run on a task package's files, all of them or some at a time.

`evaluate` runs all files at once on this machine; a worker of the hub runs the files of one shard
after another. Both go through here, so that a score is the same wherever it was made.
"""

import logging
import time
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.events import Notice, Preparing
from valhub.evaluation.execution.environments import Environment
from valhub.evaluation.execution.guard import size
from valhub.evaluation.execution.guest import wire
from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.outcome import Failure, Outcome, unscored
from valhub.evaluation.execution.program import Program
from valhub.evaluation.execution.runner import Job
from valhub.evaluation.packages.algorithms.algorithm import Algorithm
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.files.readable_folders import readable
from valhub.evaluation.packages.tasks.dataset import Dataset
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.packages.tasks.task_files import PackageFile
from valhub.evaluation.packages.tasks.task_package import TaskPackage, kwargs_for
from valhub.evaluation.preparation import data_in_use
from valhub.evaluation.results import Aggregate, FileOutcome, Verdict
from valhub.evaluation.run_context import RunContext, program
from valhub.evaluation.scoring.answers import InvalidAnswer, InvalidTruth
from valhub.evaluation.scoring.board_summary import aggregates_of_best, board_losses
from valhub.evaluation.scoring.costs import CPU_TIME, PEAK_MEMORY, RUN_TIME
from valhub.evaluation.scoring.packed_losses import PackedLosses
from valhub.evaluation.scoring.plan import Scoring
from valhub.evaluation.scoring.score import score_file
from valhub.evaluation.scoring.summary import Metadata, Summary, complete, summarise
from valhub.evaluation.task_requirements import task_environment

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TaskRun:
    """An algorithm and a package, with the environment made and the data prepared."""

    package: TaskPackage
    plan: Scoring
    dataset: Dataset
    environment: Environment
    limits: CallLimits
    receipt: dict[str, str]
    context: RunContext
    code: Program

    def host(self, seconds_left: float | None = None) -> Host:
        """Make a host for the algorithm; the whole run ends in `seconds_left`."""
        left = self.limits.total_s if seconds_left is None else seconds_left
        return self.context.host(
            self.code,
            self.limits,
            time.monotonic() + left,
            isolated=self.package.config.isolation == "file",
            timed=self.plan.ranks_by == RUN_TIME,
        )

    def jobs(self, files: Sequence[PackageFile]) -> list[Job]:
        """What a runner needs to know about some files."""
        sidecars = {
            name: wire.read_value(path.read_bytes())
            for name, path in self.dataset.sidecar_paths().items()
        }
        return [
            Job(
                file_name=file.name,
                data=self.dataset.input_path(file.name),
                size=self.dataset.rows(file.name),
                keywords={**kwargs_for(self.package.config, file), **sidecars},
                reveal=self.context.reveal or file.public,
                by_position=self.package.config.arguments == "positional",
                columns_apart=bool(self.package.config.data_columns),
            )
            for file in files
        ]

    def judge(self, job: Job, outcome: Outcome) -> FileOutcome:
        """Score the outcome of a file, outside the sandbox."""
        result = unscored(job.file_name, outcome.failure, outcome.cost, outcome.logs)
        if outcome.failure is not None:
            return result
        try:
            return complete(self.plan, self._scored(result, outcome.answer))
        except InvalidAnswer as error:
            failure = Failure(Verdict.INVALID_OUTPUT, error.closed, str(error))
        except InvalidTruth as error:
            if not job.reveal:
                # Its detail is the organiser's, who is not the reader.
                log.warning("truth_invalid file=%r detail=%r", job.file_name, str(error))
            failure = Failure(Verdict.ORGANISER_ERROR, error.closed, str(error))
        shown = failure.shown(reveal=job.reveal)
        return replace(result, verdict=shown.verdict, message=shown.message)

    def _scored(self, result: FileOutcome, answer: object) -> FileOutcome:
        zone = self._zones[result.file_name]
        score = score_file(self.plan, answer, self._truth(result.file_name), zone)
        if self.context.answers is not None:
            self.context.answers.keep(result.file_name, answer)
        return replace(result, metrics=score.metrics, coverage=score.coverage)

    @cached_property
    def _zones(self) -> dict[str, str | None]:
        return {file.name: file.timezone for file in self.package.files}

    def _truth(self, file_name: str) -> "pd.Series[float] | dict[str, float]":
        truth = wire.read_value(self.dataset.truth_path(file_name).read_bytes())
        assert isinstance(truth, pd.Series | dict)  # noqa: S101 - `prepare` wrote it
        return truth


@contextmanager
def task_run(package: TaskPackage, algorithm: Algorithm, context: RunContext) -> Iterator[TaskRun]:
    """Prepare the data, make the environment, and keep both for as long as the block runs.

    Raises
    ------
    InvalidPackage, InvalidRequirements
        When the data or the requirements turn out to be at fault.
    """
    context.on_event(Preparing("Preparing the data."))
    with data_in_use(package, context.settings.cache_dir / "data") as dataset:
        if context.answers is not None:
            context.answers.begin(dataset)
        plan = Scoring.from_config(package.config)
        _require_measurable(plan, context)
        declared = package.config.environment
        environment = task_environment(algorithm.requirements, declared, context)
        wanted = package.config.limits
        limits = context.settings.limits_for(
            timeout_s=wanted.timeout_s,
            memory_bytes=wanted.memory_bytes,
            output_bytes=wanted.output_bytes,
        )
        if wanted.memory_bytes and limits.memory_bytes < wanted.memory_bytes:
            context.on_event(
                Notice(
                    f"The package asks for {size(wanted.memory_bytes)} of memory for each file; "
                    f"at most {size(limits.memory_bytes)} can be given here."
                )
            )
        with environment.in_use(), readable(algorithm.root) as root:
            yield TaskRun(
                package=package,
                plan=plan,
                dataset=dataset,
                environment=environment,
                limits=limits,
                receipt=context.receipt(
                    environment, package=package.content_hash, algorithm=algorithm.content_hash
                ),
                context=context,
                code=program(
                    root,
                    algorithm.entry,
                    environment,
                    offered=OfferedArguments.from_config(package.config),
                ),
            )


def _require_measurable(plan: Scoring, context: RunContext) -> None:
    """Refuse to rank by a cost that an algorithm could evade here; say which others are missing."""
    if context.sandbox.accounts:
        return
    if plan.ranks_by in (CPU_TIME, PEAK_MEMORY):
        raise EvaluationError(
            f"The package ranks by {plan.ranks_by}, which this machine cannot measure without "
            "control groups. Run `valhub doctor` on it: it says how to get them.",
            code="cost-not-measured",
        )
    if any(column.metric.name == CPU_TIME for column in plan.columns):
        context.on_event(
            Notice(
                f"This machine has no control groups to measure {CPU_TIME} with, so the result is "
                "without it. Run `valhub doctor`: it says how to get them."
            )
        )


def summarise_task(
    package: TaskPackage, files: Sequence[PackageFile], results: Sequence[FileOutcome]
) -> Summary:
    """Verdict, coverage, aggregates and slices of a run over some of a package's files.

    Those of the final part are summed up apart.
    """
    return summarise(
        Scoring.from_config(package.config),
        results,
        _metadata(files),
        _ranked(files),
        {file.name for file in files if file.part is Part.FINAL},
    )


def board_losses_of_task(package: TaskPackage, results: Sequence[FileOutcome]) -> PackedLosses:
    """Losses by system of a run over all of a package's files but the final part's."""
    return _losses(package, results, _before_final(package))


def final_losses_of_task(package: TaskPackage, results: Sequence[FileOutcome]) -> PackedLosses:
    """Losses by system of a run over a package's final part."""
    return _losses(package, results, _ranked(package.files) - _before_final(package))


def _losses(
    package: TaskPackage, results: Sequence[FileOutcome], on_leaderboard: Set[str]
) -> PackedLosses:
    plan = Scoring.from_config(package.config)
    return board_losses(plan, results, _metadata(package.files), on_leaderboard)


def aggregates_of_best_task(
    package: TaskPackage, results: Sequence[FileOutcome], *, tries: int
) -> dict[str, Aggregate]:
    """Aggregates of the best of so many runs over the same files."""
    plan = Scoring.from_config(package.config)
    metadata, on_leaderboard = _metadata(package.files), _before_final(package)
    return aggregates_of_best(plan, results, metadata, on_leaderboard, tries=tries)


def _metadata(files: Sequence[PackageFile]) -> Metadata:
    return {file.name: file.metadata for file in files}


def _before_final(package: TaskPackage) -> set[str]:
    """Name the files that the board counts while the final part is unseen."""
    return _ranked([file for file in package.files if file.part is not Part.FINAL])


def _ranked(files: Sequence[PackageFile]) -> set[str]:
    return {file.name for file in files if file.on_leaderboard}


def outside_final(
    files: Sequence[PackageFile], results: Sequence[FileOutcome]
) -> Sequence[FileOutcome]:
    """Leave out the results of the final part, unless there are no others."""
    final = {file.name for file in files if file.part is Part.FINAL}
    return [one for one in results if one.file_name not in final] or results


def message_of(package: TaskPackage, results: Sequence[FileOutcome], verdict: Verdict) -> str:
    """One sentence on what went wrong; empty when nothing did."""
    plan = Scoring.from_config(package.config)
    ended = [complete(plan, result) for result in results]
    failed = [result for result in ended if result.verdict is not Verdict.SCORED]
    if not failed:
        return ""
    first = next((one for one in failed if one.verdict is verdict), failed[0])
    count = f"{len(failed)} of {len(results)} files have no score"
    return f"{count}; {first.file_name}: {first.message}"
