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
        Preparation.objects.filter(pk=preparation.pk).exclude(state=Work.DONE).update(
            state=Work.FAILED, reason=reason, owner="", lease_until=None
        )
        waiting = Run.objects.filter(version=preparation.version_id, admitted=False)
        for run in waiting.exclude(finished_at__isnull=False):
            fail_run(run, f"The analysis' data could not be prepared. {reason}", our_fault=True)
