"""Making the environment of a run, and what its end means for the run."""

import errno
import logging
import threading
import time

from django.conf import settings

from valhub.evaluation.building import build_environments
from valhub.evaluation.errors import UnusableEvaluation
from valhub.evaluation.execution.environments import (
    InstallCancelled,
    InstallFailed,
    InstallTimeout,
    InvalidRequirements,
    NoInterpreter,
    NoPackageIndex,
    NoRoom,
)
from valhub.evaluation.packages.faults import InvalidPackage
from valhub.jobs.models import Build, Run
from valhub.jobs.selectors.builds import used_s
from valhub.jobs.services.builds import (
    begin_build,
    charge_build,
    count_failed_try,
    fail_build,
    finish_build,
    has_begun,
    postpone_build,
)
from valhub.jobs.services.leasing import Claim, LostLease
from valhub.jobs.worker.held_lease import HeldLease
from valhub.jobs.worker.worker_context import WorkerContext

log = logging.getLogger(__name__)

_NO_INDEX = "The package index cannot be reached or fails, so the environment is not made yet."
NO_ROOM = "The hub's disk has too little room, so the environment is not made yet."


def build_environment(claim: Claim[Build], context: WorkerContext, stop: threading.Event) -> None:
    """Make the environment of a run; gives the build back when the builder is to stop.

    What the builder's time is counted for, it has spent on the author's requirements: not on a
    fault of the hub, of the organiser or of the package index. What cannot be installed may be made
    so by its author, and time in which the builder was stopped is nobody's.
    """
    began = time.monotonic()

    def charge() -> None:
        charge_build(claim.work, max(0.0, time.monotonic() - began - lease.lost_s))

    # Another's environment shall not wait for that of a run that was cancelled.
    with HeldLease(claim, stop, lambda: not claim.held().exists()) as lease:
        try:
            if _is_made(claim, context, lease):
                charge()
        except (InstallFailed, LostLease) as error:
            log.warning("build_not_made build=%s reason=%s", claim.work.pk, error)
            charge()
            _count_failure(claim, error)
        except Exception as error:  # the builder's outermost loop
            log.exception("build_failed build=%s", claim.work)
            _count_failure(claim, error)


def _is_made(claim: Claim[Build], context: WorkerContext, lease: HeldLease) -> bool:
    """Make it, or end the run; False when that was no work for its author."""
    run = Run.objects.select_related("submission", "version__analysis").get(pk=claim.work.run_id)
    try:
        if _has_used_up(run, claim):
            return False
        begin_build(claim)
        with context.algorithm(run, run.version) as (package, algorithm):
            build_environments(package, algorithm, context.making(run.version, lease.cancel))
        finish_build(claim)
    except (InvalidRequirements, InvalidPackage, InstallTimeout, NoInterpreter) as error:
        _fail(claim, run, str(error))
    except UnusableEvaluation as error:
        fail_build(claim, str(error), our_fault=True)
        return False
    except NoPackageIndex as error:
        log.warning("index_unreachable build=%s reason=%s", claim.work.pk, error)
        postpone_build(claim, _NO_INDEX)
        return False
    except (NoRoom, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.ENOSPC:
            raise
        log.warning("no_room build=%s reason=%s", claim.work.pk, error)
        postpone_build(claim, NO_ROOM)
        return False
    except (LostLease, InstallCancelled):
        claim.give_back()
    return True


def _fail(claim: Claim[Build], run: Run, reason: str) -> None:
    """End a run through its author's fault, unless it goes on with this environment elsewhere."""
    if has_begun(run):
        log.warning("build_postponed build=%s reason=%s", claim.work.pk, reason)
        postpone_build(claim, reason)
    else:
        fail_build(claim, reason, our_fault=False)


def _has_used_up(run: Run, claim: Claim[Build]) -> bool:
    """End the run when its author's other environments have taken all the time there is."""
    used = used_s(run.submission.created_by_id)
    if used < settings.BUILD_DAY_S:
        return False
    reason = (
        f"Within a day, making environments for your submissions has taken {used:,.0f} s of the "
        f"{settings.BUILD_DAY_S:,.0f} s that are allowed. Submit again later, or with "
        "requirements that you have used before."
    )
    _fail(claim, run, reason)
    return True


def _count_failure(claim: Claim[Build], error: Exception) -> None:
    row = claim.held().first()
    reason = getattr(error, "code", "") and str(error)
    if row is not None:
        count_failed_try(row, reason or "A fault of the hub ended this work; it was logged.")
