"""Summing up a run's file results by the engine's own code, which workers and sweeper load."""

from collections.abc import Iterator
from contextlib import contextmanager

from valhub.analyses.models import PackageKind
from valhub.analyses.selectors.packages import open_package_of
from valhub.analyses.services.columns import columns_fault, script_direction
from valhub.evaluation.closed_sentences import Closed
from valhub.evaluation.packages.tasks.task_package import TaskPackage
from valhub.evaluation.results import Aggregate, FileOutcome, Verdict
from valhub.evaluation.scoring.packed_losses import PackedLosses
from valhub.evaluation.task_run import (
    aggregates_of_best_task,
    board_losses_of_task,
    final_losses_of_task,
    message_of,
    outside_final,
    summarise_task,
)
from valhub.jobs.models import FileResult, Run
from valhub.jobs.services.run_summary import RunSummary


def engine_results(run: Run) -> list[FileOutcome]:
    """A run's file results as the engine's values, in the order of the files."""
    rows = FileResult.objects.filter(run=run).select_related("file").order_by("file__ordinal")
    return [
        FileOutcome(
            file_name=row.file.name,
            verdict=Verdict(row.verdict),
            message=row.message,
            metrics=row.metrics,
            wall_s=row.elapsed_s,
            cpu_s=row.cpu_time_s,
            peak_memory_bytes=row.peak_memory_bytes,
            coverage=row.coverage,
        )
        for row in rows
    ]


def summarise_run(run: Run) -> RunSummary:
    """Sum up a run all of whose files have their results."""
    results = engine_results(run)
    if run.version.kind == PackageKind.SCRIPT:
        return _script(run, results)
    with _task_package(run) as package:
        summary = summarise_task(package, package.files, results)
        losses = board_losses_of_task(package, results)
        final = final_losses_of_task(package, results) if summary.final else None
    return RunSummary(
        verdict=summary.verdict,
        message=message_of(package, outside_final(package.files, results), summary.verdict),
        coverage=summary.coverage,
        aggregates=summary.aggregates,
        slices=summary.slices,
        losses=losses,
        final_losses=final,
        final=summary.final,
    )


def losses_of_run(run: Run) -> PackedLosses:
    """Sum up system by system what a run lost whose results are all stored."""
    if run.version.kind == PackageKind.SCRIPT:
        return PackedLosses()
    with _task_package(run) as package:
        return board_losses_of_task(package, engine_results(run))


def aggregates_of_best_run(run: Run, *, tries: int) -> dict[str, Aggregate]:
    """Sum up a run that is the best of so many: its intervals are wider for that choice."""
    with _task_package(run) as package:
        return aggregates_of_best_task(package, engine_results(run), tries=tries)


@contextmanager
def _task_package(run: Run) -> Iterator[TaskPackage]:
    with open_package_of(run.version) as package:
        assert isinstance(package, TaskPackage)  # noqa: S101 - the version says so
        yield package


def _script(run: Run, results: list[FileOutcome]) -> RunSummary:
    one = results[0]
    fault = columns_fault(run.version, list(one.metrics))
    if fault is not None:
        # Names of metrics may follow from the answer too.
        said = Closed.EVALUATION_FAILED.said()
        return RunSummary(Verdict.ORGANISER_ERROR, said, 0.0, {}, evaluation_report=fault)
    best = script_direction(run.version)
    aggregates = {
        name: Aggregate.of_script(name, value, best) for name, value in one.metrics.items()
    }
    return RunSummary(one.verdict, one.message, one.coverage, aggregates, returned=run.returned)
