"""Doing a shard: every file of it that has no result yet."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from valhub.analyses.models import DataFile, PackageKind
from valhub.analyses.services.columns import columns_fault
from valhub.cloud.transactions import through_an_outage
from valhub.evaluation.closed_sentences import Closed
from valhub.evaluation.errors import EvaluationError, UnusableEvaluation
from valhub.evaluation.events import Event, Started
from valhub.evaluation.execution.environments import (
    EnvironmentNotReady,
    InvalidRequirements,
    NoInterpreter,
)
from valhub.evaluation.packages.faults import InvalidPackage
from valhub.evaluation.packages.script_package import ScriptPackage
from valhub.evaluation.results import FileOutcome, Verdict
from valhub.evaluation.script_evaluation import evaluate_script
from valhub.jobs.clock import age_of
from valhub.jobs.models import FileResult, Run, Shard
from valhub.jobs.selectors.shares import gives_way
from valhub.jobs.services.builds import wait_for_build
from valhub.jobs.services.finishing import finish_shard
from valhub.jobs.services.leasing import Claim, LostLease
from valhub.jobs.services.queueing import mark_started
from valhub.jobs.services.recording import record_file_result
from valhub.jobs.services.run_ends import fail_run
from valhub.jobs.services.storable import storable_document, storable_text
from valhub.jobs.worker.held_lease import HeldLease
from valhub.jobs.worker.worker_context import WorkerContext
from valhub.texts import cut

log = logging.getLogger(__name__)

_WHOLE_RUN = timedelta(days=1)
# What is kept of all prints in one shard; that of one file has a limit of its own.
MOST_LOG_CHARACTERS = 128 * 1024
# Of why an evaluation failed: a sentence and its traceback.
MOST_REPORT_CHARACTERS = 32 * 1024


class Interrupted(Exception):
    """The worker is to stop, or the lease is lost; what is not recorded is not done."""


def evaluate_shard(
    claim: Claim[Shard],
    context: WorkerContext,
    stop: threading.Event,
    queue: "QuerySet[Shard] | None" = None,
) -> None:
    """Evaluate a shard and finish it; gives it back when the worker is to stop.

    Parameters
    ----------
    queue : QuerySet, optional
        The shards that this worker may work on: it gives this one back as well when an account
        that has no worker waits with one of those. By default it never does.
    """
    run = Run.objects.select_related("submission", "version__analysis").get(pk=claim.work.run_id)
    others = (lambda: False) if queue is None else (lambda: gives_way(claim, queue))
    with HeldLease(claim, stop, others) as lease:
        try:
            if run.version.kind == PackageKind.SCRIPT:
                _evaluate_script(claim, run, context, lease)
            else:
                _evaluate_files(claim, run, context, lease)
            _write(lambda: finish_shard(claim))
        except (Interrupted, LostLease):
            context.end_warm_sandbox()
            claim.give_back()
        except (InvalidRequirements, InvalidPackage, NoInterpreter) as error:
            # The algorithm's own fault, found before any of it ran.
            fail_run(run, str(error), our_fault=False)
        except UnusableEvaluation as error:
            fail_run(run, str(error), our_fault=True)
        except EnvironmentNotReady as missing:
            wait_for_build(claim, store=context.store, environment=missing.name)


def _evaluate_files(
    claim: Claim[Shard], run: Run, context: WorkerContext, lease: HeldLease
) -> None:
    waiting = _waiting_files(claim.work, run)
    if not waiting:
        return
    task, host = context.warm_sandbox(run, _seconds_left(run), lease.cancel)
    # From here on it holds the worker, as everything that it needs is there.
    mark_started(run, Now())
    files = {file.name: file for file in task.package.files}
    jobs = task.jobs([files[stored.name] for stored in waiting])
    logs_left = MOST_LOG_CHARACTERS
    for stored, job in zip(waiting, jobs, strict=True):
        if not _is_still_to_do(claim, stored):
            continue
        outcome = host.call(job.request, job.data, reveal=job.reveal)
        result = task.judge(job, replace(outcome, logs=outcome.logs[:logs_left]))
        logs_left -= len(result.logs)
        judged = not outcome.never_ran and result.verdict is not Verdict.ORGANISER_ERROR
        _record(claim, stored.pk, _own_result(replace(result, judged=judged)))
    Run.objects.filter(pk=run.pk, receipt={}).update(receipt=task.receipt)


def _record(claim: Claim[Shard], file_id: int, result: FileOutcome) -> None:
    _write(lambda: record_file_result(claim, file_id, result))


def _write(write: Callable[[], object]) -> None:
    """Write results, through a restart of the database too."""
    through_an_outage(write, within_s=settings.LEASE_S)


def _own_result(result: FileOutcome) -> FileOutcome:
    """Return a result that says something about the algorithm; raise for any other.

    What is raised is not recorded, so that the file is evaluated again.
    """
    if result.verdict is Verdict.CANCELLED:
        raise Interrupted
    if result.verdict is Verdict.INTERNAL_ERROR:
        raise EvaluationError(result.message, code="sandbox-killed")
    return result


def _waiting_files(shard: Shard, run: Run) -> list[DataFile]:
    """Files of a shard without a result, in the shard's order."""
    done = FileResult.objects.filter(run=run, file__in=shard.files)
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
    done = FileResult.objects.filter(run=claim.work.run_id, file=file)
    return file.pk in files and not done.exists()


def _seconds_left(run: Run) -> float:
    """What is left of the time the whole run may take, since its first shard began."""
    age = Run.objects.annotate(age=age_of("started_at")).values_list("age", flat=True)
    return (_WHOLE_RUN - (age.get(pk=run.pk) or timedelta())).total_seconds()


def _evaluate_script(
    claim: Claim[Shard], run: Run, context: WorkerContext, lease: HeldLease
) -> None:
    waiting = _waiting_files(claim.work, run)
    if not waiting:
        return
    with context.algorithm(run, run.version) as (package, algorithm):
        assert isinstance(package, ScriptPackage)  # noqa: S101 - the version says so
        begun = _marking_started(run)
        ready = context.run_context(run.version, lease.cancel, begun)
        result = evaluate_script(package, algorithm, ready)
    file, report = _with_columns(run, _own_result(result.files[0]), result.report)
    is_scored = file.verdict is Verdict.SCORED and isinstance(result.result, dict)
    returned = result.result if is_scored else {}
    fields = {
        "receipt": result.receipt,
        "returned": storable_document(returned),
        "evaluation_report": cut(storable_text(report), MOST_REPORT_CHARACTERS) or None,
    }
    _write(lambda: _record_script(claim, waiting[0].pk, file, fields))


def _marking_started(run: Run) -> Callable[[Event], None]:
    """Record that a run has begun when the engine reports that everything is there."""

    def note(event: Event) -> None:
        if isinstance(event, Started):
            mark_started(run, Now())

    return note


def _with_columns(run: Run, file: FileOutcome, report: str) -> tuple[FileOutcome, str]:
    """Return a result whose metrics its board can have, or that the evaluation failed on it."""
    # Another run may have brought the board columns since.
    run.version.refresh_from_db(fields=["columns"])
    fault = columns_fault(run.version, list(file.metrics))
    if fault is None:
        return file, report
    # Names of metrics may follow from the answer, so this failure reads like any other.
    said = Closed.EVALUATION_FAILED.said()
    failed = replace(file, verdict=Verdict.ORGANISER_ERROR, message=said, metrics={}, coverage=0.0)
    return failed, fault


def _record_script(
    claim: Claim[Shard], file_id: int, result: FileOutcome, fields: dict[str, object]
) -> None:
    with transaction.atomic():
        if record_file_result(claim, file_id, result):
            Run.objects.filter(pk=claim.work.run_id).update(**fields)
