"""Doing a shard: every file of it that has no result yet."""

import logging
import threading
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from valhub.analyses.models import DataFile, Kind
from valhub.evaluation.execution.environments import InvalidRequirements
from valhub.evaluation.packages import InvalidPackage, ScriptPackage
from valhub.evaluation.results import FileResult, Verdict
from valhub.evaluation.script_evaluation import evaluate_script
from valhub.jobs.models import FileResult as StoredResult
from valhub.jobs.models import Run, Shard
from valhub.jobs.services.finishing import fail_run, finish_shard
from valhub.jobs.services.leasing import Claim, LostLease
from valhub.jobs.services.queueing import mark_started
from valhub.jobs.services.recording import record_file_result
from valhub.jobs.worker.bench import Bench
from valhub.jobs.worker.lease import KeptLease

log = logging.getLogger(__name__)


class Interrupted(Exception):
    """The worker was told to stop, or the lease is lost; what is not recorded is not done."""


def evaluate_shard(claim: Claim[Shard], bench: Bench, stop: threading.Event) -> None:
    """Evaluate a shard and finish it; gives it back when the worker is to stop."""
    run = Run.objects.select_related("submission", "version__analysis").get(pk=claim.work.run_id)
    mark_started(run, timezone.now())
    with KeptLease(claim, stop) as lease:
        try:
            if run.version.kind == Kind.SCRIPT:
                _evaluate_script(claim, run, bench, lease)
            else:
                _evaluate_files(claim, run, bench, lease)
            finish_shard(claim)
        except (Interrupted, LostLease):
            bench.put_away()
            claim.give_back()
        except (InvalidRequirements, InvalidPackage) as error:
            # The algorithm's own fault, found before any of it ran.
            fail_run(run, str(error), our_fault=False)


def _evaluate_files(claim: Claim[Shard], run: Run, bench: Bench, lease: KeptLease) -> None:
    waiting = _waiting_files(claim.work, run)
    if not waiting:
        return
    task, host = bench.ready(run, _seconds_left(run), lease.cancel)
    files = {file.name: file for file in task.package.files}
    jobs = task.jobs([files[stored.name] for stored in waiting])
    for stored, job in zip(waiting, jobs, strict=True):
        if not _is_still_to_do(claim, stored):
            continue
        outcome = host.call(job.request, job.data, reveal=job.reveal)
        if outcome.failure is not None and outcome.failure.verdict is Verdict.CANCELLED:
            raise Interrupted
        record_file_result(claim, stored.pk, task.judge(job, outcome))
    Run.objects.filter(pk=run.pk, receipt={}).update(receipt=task.receipt)


def _waiting_files(shard: Shard, run: Run) -> list[DataFile]:
    """Files of a shard without a result, in the shard's order."""
    done = StoredResult.objects.filter(run=run, file__in=shard.files)
    finished = set(done.values_list("file_id", flat=True))
    files = DataFile.objects.in_bulk([pk for pk in shard.files if pk not in finished])
    return [files[pk] for pk in shard.files if pk in files]


def _is_still_to_do(claim: Claim[Shard], file: DataFile) -> bool:
    """Whether a file is still this shard's and without a result; raises `LostLease`.

    Workers with nothing to do take files over; see `services.spreading`.
    """
    files = claim.held().values_list("files", flat=True).first()
    if files is None:
        raise LostLease
    done = StoredResult.objects.filter(run=claim.work.run_id, file=file)
    return file.pk in files and not done.exists()


def _seconds_left(run: Run) -> float:
    """What is left of the time the whole run may take, since its first shard began."""
    run.refresh_from_db(fields=["started_at"])
    begun = run.started_at or timezone.now()
    return (begun + timedelta(days=1) - timezone.now()).total_seconds()


def _evaluate_script(claim: Claim[Shard], run: Run, bench: Bench, lease: KeptLease) -> None:
    waiting = _waiting_files(claim.work, run)
    if not waiting:
        return
    with bench.algorithm(run, run.version) as (package, algorithm):
        assert isinstance(package, ScriptPackage)  # noqa: S101 - the version says so
        result = evaluate_script(package, algorithm, bench.context(lease.cancel))
    file: FileResult = result.files[0]
    if file.verdict is Verdict.CANCELLED:
        raise Interrupted
    returned = result.result if isinstance(result.result, dict) else {}
    with transaction.atomic():
        if record_file_result(claim, waiting[0].pk, file):
            Run.objects.filter(pk=run.pk).update(receipt=result.receipt, returned=plain(returned))


def plain(value: object) -> object:
    """What an evaluator returned, as far as JSON can say it; the rest as its text."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else None
    return str(value)
