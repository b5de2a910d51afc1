"""Preparing a version's data set, and fetching it before the first shard needs it."""

import threading

from django.conf import settings

from valhub.analyses.selectors.packages import open_package_of
from valhub.analyses.services.version_rows import add_notes
from valhub.evaluation.packages.faults import InvalidPackage
from valhub.evaluation.packages.tasks.task_package import TaskPackage
from valhub.evaluation.preparation import prepared_data
from valhub.jobs.models import Preparation
from valhub.jobs.services.leasing import Claim, LostLease
from valhub.jobs.services.preparations import fail_preparation, finish_preparation
from valhub.jobs.worker.held_lease import HeldLease


def prepare_version(claim: Claim[Preparation], stop: threading.Event) -> None:
    """Prepare a version's data; its faults end the runs that wait for it."""
    with HeldLease(claim, stop):
        try:
            with open_package_of(claim.work.version) as package:
                if isinstance(package, TaskPackage):
                    data = prepared_data(package, settings.ENGINE_CACHE / "data")
                    add_notes(claim.work.version, data.notes)
            finish_preparation(claim)
        except InvalidPackage as error:
            fail_preparation(claim.work, str(error))
        except LostLease:
            return
