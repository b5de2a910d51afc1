"""An algorithm over all files of a task package, on this machine; see `evaluate`."""

import time
from itertools import count

from valhub.evaluation.events import FileDone, Finished, Started
from valhub.evaluation.execution.runner import Runner
from valhub.evaluation.packages.algorithms.algorithm import Algorithm
from valhub.evaluation.packages.tasks.task_package import TaskPackage
from valhub.evaluation.results import EvaluationResult, FileOutcome
from valhub.evaluation.run_context import RunContext
from valhub.evaluation.task_run import message_of, outside_final, summarise_task, task_run


def evaluate_task(
    package: TaskPackage, algorithm: Algorithm, context: RunContext
) -> EvaluationResult:
    """Run an algorithm over a task package's files and sum up."""
    started = time.monotonic()
    files = package.files[: context.files]
    done = count(1)

    def report(result: FileOutcome) -> None:
        context.on_event(FileDone(result, next(done), len(files)))

    with task_run(package, algorithm, context) as run:
        context.on_event(Started(len(files)))
        left = run.limits.total_s - (time.monotonic() - started)
        runner = Runner(lambda: run.host(left), run.judge, report, run.limits.run_log_bytes)
        results = runner.run(run.jobs(files), context.workers)
    context.on_event(Finished())
    summary = summarise_task(package, files, results)
    return EvaluationResult(
        verdict=summary.verdict,
        message=message_of(package, outside_final(files, results), summary.verdict),
        coverage=summary.coverage,
        primary_metric=run.plan.primary,
        primary_column=run.plan.primary_column,
        aggregates=summary.aggregates,
        slices=summary.slices,
        final=summary.final,
        files=results,
        wall_s=time.monotonic() - started,
        receipt=run.receipt,
    )
