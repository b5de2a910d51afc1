"""Recording a file's result: once, and only by the worker that holds the shard."""

from typing import Any

from django.db import transaction

from valhub.analyses.models import DataFile
from valhub.cloud.row_locks import locked
from valhub.cloud.transactions import again_after_deadlock
from valhub.evaluation.finite_metrics import with_finite_metrics
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.results import FileOutcome
from valhub.jobs.models import FileResult, Run, Shard
from valhub.jobs.services.file_events import report_file
from valhub.jobs.services.leasing import Claim
from valhub.jobs.services.storable import storable_text


@again_after_deadlock
def record_file_result(claim: Claim[Shard], file_id: int, result: FileOutcome) -> bool:
    """Record one file's result; raises `LostLease` when another worker has the shard by now.

    An earlier result stays: the first one wins, and False says that this was not the first.
    """
    result = with_finite_metrics(result)
    with transaction.atomic():
        runs = Run.objects.only(
            "submission_id", "number", "counted", "files_per_event", "unreported", "reported_to"
        )
        run = locked(runs).get(pk=claim.work.run_id)
        claim.progress()  # locks the shard's row, so that no worker takes it over
        row, created = FileResult.objects.get_or_create(
            run_id=claim.work.run_id, file_id=file_id, defaults=_fields(result)
        )
        if created:
            report_file(run, row.file, result)
            _count(run, row.file, result)
    return created


def _count(run: Run, file: DataFile, result: FileOutcome) -> None:
    """Have a run count against quotas from the first file on that can show something hidden."""
    if result.judged and not run.counted and file.part != Part.PUBLIC:
        Run.objects.filter(pk=run.pk).update(counted=True)


def _fields(result: FileOutcome) -> dict[str, Any]:
    return {
        "verdict": str(result.verdict),
        "message": storable_text(result.message),
        "metrics": result.metrics,
        "coverage": result.coverage,
        "wall_s": result.wall_s or 0.0,
        "wall_measured": result.wall_s is not None,
        "cpu_s": result.cpu_s or 0.0,
        "cpu_measured": result.cpu_s is not None,
        "peak_memory_bytes": result.peak_memory_bytes,
        "traceback": storable_text(result.traceback),
        "logs": storable_text(result.logs),
    }
