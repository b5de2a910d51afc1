"""How runs end: finished with a summary, failed with a reason, or cancelled.

Every end is one transaction that locks the run's row first. Admitting the next run is not part of
it, because that locks other runs.
"""

import logging
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from valhub.cloud.row_locks import locked
from valhub.cloud.transactions import again_after_deadlock
from valhub.jobs.disclosure.readers import Reader
from valhub.jobs.disclosure.results import result_document
from valhub.jobs.disclosure.rules import rules_of
from valhub.jobs.models import ENDED, UNFINISHED, Build, Run, Shard, Status, Submission, Work
from valhub.jobs.services.events import record_event
from valhub.jobs.services.file_events import report_rest
from valhub.jobs.services.queueing import admit_after_commit
from valhub.jobs.services.run_summary import RunSummary, finished_run, summary_of
from valhub.jobs.services.storable import storable_text
from valhub.jobs.services.tallies import count_run_end
from valhub.texts import cut

log = logging.getLogger(__name__)

# A reason may list every fault of a package; it stands in two rows, an event, and every list.
MOST_REASON_CHARACTERS = 4_000


@again_after_deadlock
def fail_run(run: Run, reason: str, *, our_fault: bool) -> None:
    """End a run that cannot go on."""
    with transaction.atomic():
        current = locked(Run.objects).get(pk=run.pk)
        if current.status not in ENDED:
            end_run(current, Status.FAILED, reason=reason, our_fault=our_fault)


@again_after_deadlock
def cancel_run(run: Run, reason: str = "Cancelled by its author.") -> bool:
    """End a run because somebody asked for it; False when it had ended before."""
    with transaction.atomic():
        current = locked(Run.objects).get(pk=run.pk)
        if current.status in ENDED:
            return False
        end_run(current, Status.CANCELLED, reason=reason, our_fault=False)
    return True


def end_run(
    run: Run, status: Status, *, reason: str, our_fault: bool, summed: RunSummary | None = None
) -> None:
    """Record the end of a run whose row is locked, and admit the next one."""
    reason = cut(storable_text(reason), MOST_REASON_CHARACTERS)
    documents = summed.documents() if summed else {}
    Run.objects.filter(pk=run.pk).update(
        status=status, reason=reason, finished_at=Now(), **documents
    )
    Shard.objects.filter(run=run).exclude(state=Work.DONE).update(
        state=Work.CANCELLED, owner="", lease_until=None
    )
    Build.objects.filter(run=run, state__in=UNFINISHED).update(
        state=Work.CANCELLED, owner="", lease_until=None
    )
    Submission.objects.filter(pk=run.submission_id).exclude(status__in=ENDED).update(
        **_end_of_submission(run, status, reason=reason, our_fault=our_fault, summed=summed)
    )
    report_rest(run)
    record_event(run.submission_id, str(status), run=run.number, reason=reason)
    count_run_end(run)
    verdict = summed.verdict if summed else "none"
    log.info(
        "run_ended run=%s submission=%s status=%s verdict=%s", run.pk, run.submission_id, status,
        verdict,
    )  # fmt: skip
    admit_after_commit(run.version.analysis_id)


def _end_of_submission(
    run: Run, status: Status, *, reason: str, our_fault: bool, summed: RunSummary | None
) -> dict[str, Any]:
    """The submission's fields then: a run without scores leaves an earlier result in place."""
    scored = run
    earlier = None if status == Status.FINISHED else finished_run(run.submission_id)
    if earlier is not None:
        reason = (
            f"The result is that of run {earlier.number}; run {run.number} ended as {status}. "
            f"{reason}"
        )
        status, our_fault, summed = Status.FINISHED, False, summary_of(earlier)
        scored = earlier
    return {
        "status": status,
        "reason": reason,
        "our_fault": our_fault,
        "result": _public_result(scored, summed) if summed else None,
        "private_result": summed.private_result if summed else None,
    }


def _public_result(run: Run, summed: RunSummary) -> dict[str, Any] | None:
    """Everybody's part of a result, for processes of an earlier release, which read it here."""
    rules = replace(rules_of(run.version), released=summed.released)
    return result_document(summed, rules, Reader.PUBLIC)
