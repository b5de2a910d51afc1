"""Writing down what came of a file: once, and only by who holds the shard."""

import math
from typing import Any

from django.db import transaction

from valhub.evaluation.results import FileResult as EngineResult
from valhub.jobs.models import FileResult, Run, Shard
from valhub.jobs.services.leasing import Claim
from valhub.jobs.services.telling import tell


def record_file_result(claim: Claim[Shard], file_id: int, result: EngineResult) -> bool:
    """Keep one file's result; raises `LostLease` when the shard is somebody else's by now.

    A result that is there already stays: the first one wins, and False says that this was not it.
    """
    with transaction.atomic():
        claim.progress()  # locks the shard's row, so that nobody takes it over meanwhile
        _, created = FileResult.objects.get_or_create(
            run_id=claim.work.run_id, file_id=file_id, defaults=_fields(result)
        )
        if created:
            run = Run.objects.only("submission_id", "number").get(pk=claim.work.run_id)
            tell(
                run.submission_id,
                "file",
                run=run.number,
                file=result.file_name,
                verdict=str(result.verdict),
            )
    return created


def _fields(result: EngineResult) -> dict[str, Any]:
    metrics = {name: value for name, value in result.metrics.items() if math.isfinite(value)}
    return {
        "verdict": str(result.verdict),
        "message": _storable(result.message),
        "metrics": metrics,
        "coverage": result.coverage,
        "wall_s": result.wall_s,
        "cpu_s": result.cpu_s,
        "peak_memory_bytes": result.peak_memory_bytes,
        "traceback": _storable(result.traceback),
        "logs": _storable(result.logs),
    }


def _storable(text: str) -> str:
    """Text that every database takes: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
