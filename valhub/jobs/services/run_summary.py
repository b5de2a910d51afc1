"""What a run's file results come to, by the engine's own summary."""

from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from valhub.analyses.models import PackageKind
from valhub.analyses.selectors.packages import open_package_of
from valhub.analyses.services.columns import columns_fault, script_direction
from valhub.evaluation.packages import TaskPackage
from valhub.evaluation.results import Aggregate, FileOutcome, Slice, Verdict
from valhub.evaluation.task_run import message_of, summarise_task
from valhub.jobs.models import FileResult, Run, Status
from valhub.jobs.selectors.stored_aggregates import aggregates_of


@dataclass(frozen=True)
class RunSummary:
    """A run in a few numbers, and as the documents that are stored."""

    verdict: Verdict
    message: str
    coverage: float
    aggregates: dict[str, Aggregate]
    slices: tuple[Slice, ...] = ()
    # What a script package's `evaluate` returned: parts for everybody, the author, the creator.
    returned: dict[str, Any] = field(default_factory=dict)

    def documents(self) -> dict[str, Any]:
        """Fields of the run's row."""
        return {
            "verdict": self.verdict,
            "coverage": self.coverage,
            "aggregates": {name: asdict(one) for name, one in self.aggregates.items()},
            "slices": [asdict(one) for one in self.slices],
        }

    def public_result(self) -> dict[str, Any]:
        """What everybody may see."""
        result: dict[str, Any] = {
            "verdict": self.verdict,
            "coverage": self.coverage,
            "metrics": {
                name: {
                    "value": one.value,
                    "low": one.low,
                    "high": one.high,
                    "unit": one.unit,
                    "label": one.label,
                }
                for name, one in self.aggregates.items()
            },
        }
        if "result" in self.returned:
            result["result"] = self.returned["result"]
            result["execution_time"] = self.returned.get("execution_time")
        return result

    @property
    def private_result(self) -> Any:
        """What only the submission's author may see."""
        return self.returned.get("submission_result")


def finished_run(submission_id: UUID) -> Run | None:
    """The run whose result a submission has: the latest one that finished."""
    finished = Run.objects.filter(submission=submission_id, status=Status.FINISHED)
    return finished.select_related("version").order_by("-number").first()


def summary_of(run: Run) -> RunSummary:
    """A run that ended, as it was summed up, but for its slices."""
    return RunSummary(
        verdict=Verdict(run.verdict),
        message=run.reason,
        coverage=run.coverage or 0.0,
        aggregates=aggregates_of(run),
        returned=run.returned,
    )


def engine_results(run: Run) -> list[FileOutcome]:
    """A run's file results as the engine's values, in the order of the files."""
    rows = FileResult.objects.filter(run=run).select_related("file").order_by("file__ordinal")
    return [
        FileOutcome(
            file_name=row.file.name,
            verdict=Verdict(row.verdict),
            message=row.message,
            metrics=row.metrics,
            wall_s=row.wall_s,
            cpu_s=row.cpu_s,
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
    with open_package_of(run.version) as package:
        assert isinstance(package, TaskPackage)  # noqa: S101 - the version says so
        summary = summarise_task(package, package.files, results)
    return RunSummary(
        verdict=summary.verdict,
        message=message_of(results, summary.verdict),
        coverage=summary.coverage,
        aggregates=summary.aggregates,
        slices=summary.slices,
    )


def _script(run: Run, results: list[FileOutcome]) -> RunSummary:
    one = results[0]
    fault = columns_fault(run.version, list(one.metrics))
    if fault is not None:
        return RunSummary(Verdict.ORGANISER_ERROR, fault, 0.0, {})
    best = script_direction(run.version)
    aggregates = {
        name: Aggregate.of_script(name, value, best) for name, value in one.metrics.items()
    }
    return RunSummary(one.verdict, one.message, one.coverage, aggregates, returned=run.returned)
