"""Handing in an algorithm, and what its author may do with it afterwards.

The order is the documented one: analysis, queue, account, archive; then the row is saved, the
archive is stored under its key, and the run is queued. A crash between two of these leaves a
submission that the sweeper completes or ends with a reason.
"""

import hashlib
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError, transaction
from django.db.models.functions import Now

from valhub.accounts.models import Account
from valhub.accounts.problems import Conflict, Invalid, Malformed, TooLarge, UnsupportedType
from valhub.analyses.models import Analysis, AnalysisVersion, State
from valhub.analyses.selectors.packages import open_package_of
from valhub.evaluation.packages import TaskPackage, open_algorithm, opened
from valhub.jobs.models import ENDED, Preparation, Run, Status, Submission, Work
from valhub.jobs.services.finishing import cancel_run
from valhub.jobs.services.placing import take_off
from valhub.jobs.services.queueing import admit_runs, queue_run
from valhub.jobs.services.quotas import check_quotas
from valhub.jobs.services.telling import tell

log = logging.getLogger(__name__)

# What the databases keep of a display name.
MAX_NAME_CHARACTERS = 100
_CHUNK = 1024 * 1024
_ZIP = b"PK"


class QueueMissing(Conflict):
    """The analysis takes no submissions yet: its queue is not there. Try again in a minute."""

    code = "queue-missing"


class DataUnusable(Conflict):
    """The analysis' data could not be prepared. Its organiser has to upload the package again."""

    code = "data-unusable"


class AnalysisClosed(Conflict):
    """The analysis takes no submissions: it is not published, or it is closed."""

    code = "analysis-closed"


class StillRunning(Conflict):
    """The submission is still being evaluated. Wait for its end, or cancel it first."""

    code = "still-running"


class AlreadyEnded(Conflict):
    """The submission has ended already; there is nothing to cancel."""

    code = "already-ended"


@dataclass(frozen=True)
class _Archive:
    """An uploaded archive that has been looked into and found good."""

    path: Path
    sha256: str
    content_hash: str


def submit_algorithm(
    *, analysis: Analysis, account: Account, upload: "UploadedFile[bytes]", display_name: str = ""
) -> Submission:
    """Hand in an algorithm.

    Raises
    ------
    AnalysisClosed, QueueMissing, DataUnusable
        When the analysis takes no submissions.
    Invalid
        When the display name is too long.
    UnsupportedType, TooLarge, InvalidPackage
        When the archive is at fault; nothing is stored then.
    QuotaReached
        When the account has handed in as many as it may.
    OSError
        When the disk is full; nothing is stored then.
    """
    version = check_open(analysis)
    _check_name(display_name)
    with _checked(upload, version) as archive:
        with transaction.atomic():
            check_quotas(analysis=analysis, account=account)
            submission = _create(analysis, account, archive, display_name)
        _store(archive, submission)
        _queue(submission)
    submission.refresh_from_db()
    return submission


def check_open(analysis: Analysis) -> AnalysisVersion:
    """The version that takes submissions.

    Raises
    ------
    AnalysisClosed, QueueMissing, DataUnusable
        When there is none.
    """
    if analysis.state != State.PUBLISHED:
        raise AnalysisClosed
    version = analysis.current_version
    preparation = Preparation.objects.filter(version=version).first()
    if version is None or preparation is None:
        raise QueueMissing
    if preparation.state == Work.FAILED:
        raise DataUnusable
    return version


def _check_name(display_name: str) -> None:
    if len(display_name) > MAX_NAME_CHARACTERS:
        raise Invalid(
            f"display_name has {len(display_name):,} characters, and {MAX_NAME_CHARACTERS} are "
            "taken. Shorten it.",
            field="display_name",
        )


@contextmanager
def _checked(upload: "UploadedFile[bytes]", version: AnalysisVersion) -> Iterator[_Archive]:
    """Copy an upload aside and look into it, without running anything of it."""
    with tempfile.TemporaryDirectory(prefix="valhub-upload-") as folder:
        path = Path(folder, "algorithm.zip")
        digest = hashlib.sha256()
        size = 0
        with path.open("wb") as file:
            for chunk in upload.chunks(_CHUNK):
                size += len(chunk)
                if size > settings.MAX_ALGORITHM_BYTES:
                    raise TooLarge(
                        f"algorithm is larger than the {settings.MAX_ALGORITHM_BYTES} bytes it may "
                        "be; leave out data and environments, which requirements.txt stands for.",
                        field="algorithm",
                    )
                digest.update(chunk)
                file.write(chunk)
        _check_zip(path)
        with open_package_of(version) as package, opened(path) as root:
            function = package.config.function_name if isinstance(package, TaskPackage) else None
            name = upload.name or "algorithm"
            content_hash = open_algorithm(root, function, name=name).content_hash
        yield _Archive(path, digest.hexdigest(), content_hash)


def _check_zip(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(2)
    if not start:
        raise Malformed("algorithm is empty; upload the .zip.", field="algorithm")
    if start != _ZIP:
        raise UnsupportedType("algorithm is not a .zip archive; upload one.", field="algorithm")


def _create(
    analysis: Analysis, account: Account, archive: _Archive, display_name: str
) -> Submission:
    pk = uuid4()
    earlier = Submission.objects.filter(
        analysis=analysis, created_by=account, content_hash=archive.content_hash
    )
    return Submission.objects.create(
        pk=pk,
        analysis=analysis,
        created_by=account,
        # On the database's clock, by which the sweeper tells uploads that were given up.
        submitted_at=Now(),
        algorithm=f"submission_files/submission_{pk}.zip",
        archive_sha256=archive.sha256,
        content_hash=archive.content_hash,
        display_name=display_name,
        duplicate_of=earlier.order_by("submitted_at").first(),
    )


def _store(archive: _Archive, submission: Submission) -> None:
    """Store an archive; when there is no room for it, its submission is as if it never was."""
    try:
        with archive.path.open("rb") as file:
            default_storage.save(submission.algorithm, File(file))
    except OSError:
        Submission.objects.filter(pk=submission.pk, status=Status.SUBMITTING).delete()
        raise


def _queue(submission: Submission) -> None:
    """Queue a stored submission; what the database refuses just now, the sweeper does later."""
    try:
        complete_submission(submission)
    except OperationalError:
        log.warning("submission_left_to_the_sweeper submission=%s", submission.pk, exc_info=True)


def complete_submission(submission: Submission) -> bool:
    """Queue a submission whose archive is stored; False when somebody else did."""
    with transaction.atomic():
        version = submission.analysis.current_version
        waiting = Submission.objects.filter(pk=submission.pk, status=Status.SUBMITTING)
        if version is None or not waiting.update(status=Status.SUBMITTED):
            return False
        queue_run(submission, version, number=1)
        tell(submission.pk, "submitted", duplicate=submission.duplicate_of_id is not None)
        admit_runs(submission.analysis_id)
    return True


def cancel_submission(submission: Submission) -> None:
    """End a submission early; raises `AlreadyEnded`."""
    with transaction.atomic():
        run = submission.runs.order_by("-number").first()
        if run is not None:
            if not cancel_run(run):
                raise AlreadyEnded
            return
        waiting = Submission.objects.filter(pk=submission.pk, status=Status.SUBMITTING)
        if not waiting.update(status=Status.CANCELLED, reason="Cancelled by its author."):
            raise AlreadyEnded
        tell(submission.pk, "cancelled")


def run_again(submission: Submission) -> Run:
    """Evaluate a submission once more, on the analysis' current version."""
    version = check_open(submission.analysis)
    with transaction.atomic():
        check_quotas(analysis=submission.analysis, account=submission.created_by)
        ended = Submission.objects.filter(pk=submission.pk, status__in=ENDED)
        fresh = {"status": Status.SUBMITTED, "reason": "", "our_fault": False}
        if not ended.update(**fresh, archived=False, result=None, private_result=None):
            raise StillRunning
        number = submission.runs.count() + 1
        run = queue_run(submission, version, number)
        tell(submission.pk, "submitted", run=number)
        admit_runs(submission.analysis_id)
    return run


def archive_submission(submission: Submission) -> None:
    """Put a submission away: it leaves lists and boards, its record stays."""
    with transaction.atomic():
        if not Submission.objects.filter(pk=submission.pk, status__in=ENDED).update(archived=True):
            raise StillRunning
        for run in submission.runs.filter(status=Status.FINISHED):
            take_off(run)
        tell(submission.pk, "archived")
