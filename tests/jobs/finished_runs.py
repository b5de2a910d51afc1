"""Runs that end with given errors, as a worker ends them."""

from django.utils import timezone

from valhub.analyses.models import DataFile
from valhub.evaluation.results import FileOutcome, Verdict
from valhub.jobs.models import Run, Shard
from valhub.jobs.services.finishing import finish_shard
from valhub.jobs.services.leasing import claim
from valhub.jobs.services.queueing import admit_runs, mark_started
from valhub.jobs.services.recording import record_file_result


def end(run: Run, errors: tuple[float | None, ...]) -> Run:
    admit_runs(run.version.analysis_id)
    mark_started(run, timezone.now())
    by_file = dict(zip(DataFile.objects.order_by("ordinal"), errors, strict=True))
    while (held := claim(Shard.objects.order_by("turn", "id"), "one")) is not None:
        for file, error in by_file.items():
            if file.pk in held.work.files:
                record_file_result(held, file.pk, outcome(file.name, error))
        finish_shard(held)
    run.refresh_from_db()
    return run


def outcome(name: str, error: float | None) -> FileOutcome:
    if error is None:
        return FileOutcome(name, Verdict.ERROR, "It broke.")
    metrics = {"absolute_error_azimuth": error, "runtime": 0.1}
    return FileOutcome(name, Verdict.SCORED, "", metrics)
