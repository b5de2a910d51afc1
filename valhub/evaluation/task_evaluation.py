"""An algorithm over a task package: every data file, in a sandbox, scored outside it."""

import time
from dataclasses import dataclass, replace

import pandas as pd

from valhub.evaluation.events import FileDone, Finished, Preparing, Started
from valhub.evaluation.execution.environments import with_needed
from valhub.evaluation.execution.guest import wire
from valhub.evaluation.execution.outcome import Outcome
from valhub.evaluation.execution.runner import Job, Runner
from valhub.evaluation.packages import Algorithm, TaskPackage
from valhub.evaluation.packages.dataset import Dataset
from valhub.evaluation.packages.task_files import DataFile
from valhub.evaluation.packages.task_package import kwargs_for
from valhub.evaluation.preparation import prepared_data
from valhub.evaluation.results import EvaluationResult, FileResult, Verdict
from valhub.evaluation.run_context import RunContext, program
from valhub.evaluation.scoring.answers import InvalidAnswer, InvalidTruth
from valhub.evaluation.scoring.plan import Scoring
from valhub.evaluation.scoring.score import score_file, with_costs
from valhub.evaluation.scoring.summary import summarise

# The data crosses as these, so an environment has them even when its author forgot.
_NEEDED = ("numpy", "pandas", "tzdata")


def evaluate_task(
    package: TaskPackage, algorithm: Algorithm, context: RunContext
) -> EvaluationResult:
    """Run an algorithm over a task package's files and sum up; see `evaluate`."""
    started = time.monotonic()
    plan = Scoring.from_config(package.config)
    context.on_event(Preparing("the data"))
    dataset = prepared_data(package, context.settings.cache_dir / "data")
    if context.answers is not None:
        context.answers.begin(dataset)
    asked = replace(
        algorithm.requirements, lines=with_needed(algorithm.requirements.lines, _NEEDED)
    )
    environment = context.environment(asked)
    files = package.files[: context.files]
    with environment.in_use():
        code = program(algorithm.root, algorithm.entry, environment)
        wanted = package.config.limits
        limits = context.settings.limits_for(
            timeout_s=wanted.timeout_s,
            memory_bytes=wanted.memory_bytes,
            output_bytes=wanted.output_bytes,
        )
        deadline = started + limits.total_s
        judge = _Judge(plan, dataset, {file.name: file for file in files}, context)
        context.on_event(Started(len(files)))
        runner = Runner(
            lambda: context.host(code, limits, deadline), judge, judge.tell, limits.run_log_bytes
        )
        results = runner.run(_jobs(package, dataset, files, context), context.workers)
    context.on_event(Finished())
    summary = summarise(
        plan,
        results,
        {file.name: file.metadata for file in files},
        {file.name for file in files if file.on_leaderboard},
    )
    return EvaluationResult(
        verdict=summary.verdict,
        message=_message(results, summary.verdict),
        coverage=summary.coverage,
        primary_metric=plan.primary,
        aggregates=summary.aggregates,
        slices=summary.slices,
        files=results,
        wall_s=time.monotonic() - started,
        receipt=context.receipt(
            environment, package=package.content_hash, algorithm=algorithm.content_hash
        ),
    )


def _jobs(
    package: TaskPackage, dataset: Dataset, files: tuple[DataFile, ...], context: RunContext
) -> list[Job]:
    sidecars = {
        name: wire.read_value(path.read_bytes()) for name, path in dataset.sidecar_paths().items()
    }
    return [
        Job(
            file_name=file.name,
            data=dataset.input_path(file.name),
            size=dataset.rows(file.name),
            keywords={**kwargs_for(package.config, file), **sidecars},
            reveal=context.reveal or file.public,
        )
        for file in files
    ]


def _message(results: tuple[FileResult, ...], verdict: Verdict) -> str:
    failed = [result for result in results if result.verdict is not Verdict.SCORED]
    if not failed:
        return ""
    first = next((one for one in failed if one.verdict is verdict), failed[0])
    return (
        f"{len(failed)} of {len(results)} files have no score; {first.file_name}: {first.message}"
    )


@dataclass
class _Judge:
    """Scores what came of each file, outside the sandbox."""

    plan: Scoring
    dataset: Dataset
    files: dict[str, DataFile]
    context: RunContext
    done: int = 0

    def __call__(self, job: Job, outcome: Outcome) -> FileResult:
        result = FileResult(
            job.file_name,
            Verdict.SCORED,
            wall_s=outcome.cost.wall_s,
            cpu_s=outcome.cost.cpu_s,
            peak_memory_bytes=outcome.cost.peak_memory_bytes,
            logs=outcome.logs,
        )
        if outcome.failure is not None:
            failure = outcome.failure
            return replace(
                result,
                verdict=failure.verdict,
                message=failure.message,
                traceback=failure.traceback,
            )
        return self._scored(result, outcome.answer)

    def _scored(self, result: FileResult, answer: object) -> FileResult:
        try:
            score = score_file(self.plan, answer, self._truth(result.file_name))
        except InvalidAnswer as error:
            return replace(result, verdict=Verdict.INVALID_OUTPUT, message=str(error))
        except InvalidTruth as error:
            return replace(result, verdict=Verdict.ORGANISER_ERROR, message=str(error))
        if self.context.answers is not None:
            self.context.answers.keep(result.file_name, answer)
        scored = replace(result, metrics=score.metrics, coverage=score.coverage)
        return with_costs(self.plan, scored)

    def _truth(self, file_name: str) -> "pd.Series[float] | dict[str, float]":
        truth = wire.read_value(self.dataset.truth_path(file_name).read_bytes())
        assert isinstance(truth, pd.Series | dict)  # noqa: S101 - `prepare` wrote it
        return truth

    def tell(self, result: FileResult) -> None:
        """Pass a result on as an event."""
        self.done += 1
        self.context.on_event(FileDone(result, self.done, len(self.files)))
