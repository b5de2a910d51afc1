"""Measuring archives that an earlier release stored without their size."""

from django.core.files.storage import default_storage

from valhub.analyses.models import AnalysisVersion
from valhub.jobs.models import Status, Submission

_AT_ONCE = 100


def measure_archives() -> None:
    """Record the sizes of some archives whose rows have none, so that they count in a quota."""
    versions = AnalysisVersion.objects.filter(archive_bytes=None).exclude(archive="")
    for pk, key in versions.values_list("pk", "archive")[:_AT_ONCE]:
        AnalysisVersion.objects.filter(pk=pk).update(archive_bytes=_size(key))
    stored = Submission.objects.filter(archive_bytes=None).exclude(status=Status.SUBMITTING)
    for uuid, key in stored.values_list("pk", "algorithm")[:_AT_ONCE]:
        Submission.objects.filter(pk=uuid).update(archive_bytes=_size(key))


def _size(key: str) -> int:
    """Return the size of a stored file; one that is not there takes no room."""
    return default_storage.size(key) if default_storage.exists(key) else 0
