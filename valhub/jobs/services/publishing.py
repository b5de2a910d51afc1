"""Asking for what a new version needs before anything can run on it."""

from django.db import transaction

from valhub.analyses.models import AnalysisVersion
from valhub.jobs.models import Preparation, Run, Work
from valhub.jobs.services.finishing import fail_run
from valhub.jobs.services.leasing import Claim
from valhub.jobs.services.queueing import admit_runs


def publish(version: AnalysisVersion) -> Preparation:
    """Queue the preparation of a version's data; once, however often it is asked for."""
    preparation, _ = Preparation.objects.get_or_create(version=version)
    return preparation


def finish_preparation(claim: Claim[Preparation]) -> None:
    """The data is prepared: let waiting runs in; raises `LostLease`."""
    with transaction.atomic():
        claim.end()
        admit_runs(claim.work.version.analysis_id)


def fail_preparation(preparation: Preparation, reason: str) -> None:
    """The data cannot be prepared: tell everybody who waits for it."""
    with transaction.atomic():
        undone = Preparation.objects.filter(pk=preparation.pk).exclude(state=Work.DONE)
        if undone.update(state=Work.FAILED, reason=reason, owner="", lease_until=None):
            end_waiting_runs(preparation, reason)


def end_waiting_runs(preparation: Preparation, reason: str) -> None:
    """End runs that wait for data which will never be there."""
    sentence = f"The analysis' data could not be prepared. {reason}".strip()
    for run in Run.objects.filter(version=preparation.version_id, finished_at=None):
        fail_run(run, sentence, our_fault=True)
