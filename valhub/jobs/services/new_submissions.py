"""Submitting an algorithm: checked, stored, queued.

The order is the documented one: analysis, queue, account, archive; then the row is saved, the
archive is stored under its key, and the run is queued. A crash between two of these leaves a
submission that the sweeper completes or ends with a reason.
"""

import logging
from dataclasses import dataclass
from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError, transaction
from django.db.models.functions import Now

from valhub.accounts.models import Account
from valhub.accounts.services.idempotency import Claim
from valhub.analyses.models import Analysis, AnalysisVersion
from valhub.analyses.selectors.environments import environment_of
from valhub.analyses.selectors.function_names import function_of, offered_by
from valhub.analyses.services.rejected_uploads import rejections_counted
from valhub.analyses.services.storage_quota import check_storage, reserve_storage
from valhub.analyses.services.uploaded_archives import check_archive, name_of, opened_upload
from valhub.cloud.incoming_files import uploads_folder
from valhub.cloud.storage import delete_file, sha256_of, store_file
from valhub.cloud.transactions import again_after_deadlock
from valhub.errors import Invalid, TooLarge, Unavailable
from valhub.evaluation.algorithm_inspection import (
    AlgorithmRequest,
    InspectedAlgorithm,
    inspect_algorithm,
)
from valhub.evaluation.packages.files.scratch import scratch_folder
from valhub.evaluation.reader import ReaderLimits
from valhub.evaluation.upload_reading import InspectionFailed, TooLargeToInspect
from valhub.jobs.models import Status, Submission
from valhub.jobs.services.events import record_event
from valhub.jobs.services.open_analyses import check_open
from valhub.jobs.services.queueing import admit_after_commit, lock_turn, queue_run
from valhub.jobs.services.quotas import check_quotas, look_at_quotas
from valhub.texts import name_problem, normal_name

log = logging.getLogger(__name__)

# What the databases can store of a display name.
MAX_NAME_CHARACTERS = 100
FIELD = "algorithm"
# What reading an algorithm may take. It has slots of its own, so that it never waits for packages,
# which take much longer.
SLOT_WAIT_S = 30.0
READER_LIMITS = ReaderLimits(cpu_s=60, memory_bytes=2 * 1024**3, run_time_s=120.0)


@dataclass(frozen=True)
class _Archive:
    """An uploaded archive that was checked and is valid.

    `notes` are no faults, but probably not what its author meant.
    """

    upload: "UploadedFile[bytes]"
    sha256: str
    content_hash: str
    notes: tuple[str, ...] = ()


def submit_algorithm(
    *,
    analysis: Analysis,
    account: Account,
    upload: "UploadedFile[bytes]",
    display_name: str = "",
    claim: Claim | None = None,
) -> Submission:
    """Submit an algorithm.

    A claim is noted to have made it, so that the same request is not done twice.

    Raises
    ------
    Conflict
        When the analysis accepts no submissions.
    Invalid
        When the display name is too long, or has characters that nobody can see.
    UnsupportedType, TooLarge, InvalidPackage
        When the archive is invalid, or more than the account may store; then nothing is stored.
    Unavailable
        When this machine cannot read it right now; then nothing is stored.
    QuotaReached
        When the account has reached its submission limit.
    TooMany
        When too many of the account's uploads were rejected lately; then this one is not read.
    OSError
        When the disk is full; then nothing is stored.
    """
    version = check_open(analysis)
    display_name = checked_name(display_name)
    look_at_quotas(analysis, account)
    check_storage(account, upload.size, field=FIELD)
    with rejections_counted(account):
        archive = _checked(upload, version)
    submission = _enter(analysis, account, archive, display_name, claim)
    _store(archive, submission)
    _queue(submission)
    log.info(
        "submission_accepted submission=%s analysis=%s account=%s",
        submission.pk,
        analysis.pk,
        account.pk,
    )
    submission.refresh_from_db()
    return submission


@again_after_deadlock
def _enter(
    analysis: Analysis,
    account: Account,
    archive: _Archive,
    display_name: str,
    claim: Claim | None,
) -> Submission:
    """Save the row of a submission that the quotas allow."""
    with transaction.atomic():
        check_quotas(analysis=analysis, account=account)
        reserve_storage(account, archive.upload.size, field=FIELD)
        submission = _create(analysis, account, archive, display_name)
        if claim is not None:
            claim.note_made(str(submission.pk))
        for note in archive.notes:
            record_event(submission.pk, "note", reason=note)
        return submission


def checked_name(display_name: str) -> str:
    """Return a display name as it is stored; raises `Invalid`."""
    name = normal_name(display_name)
    problem = name_problem(name, MAX_NAME_CHARACTERS)
    if problem:
        raise Invalid(f"display_name: {' '.join(problem)}", field="display_name")
    return name


def _checked(upload: "UploadedFile[bytes]", version: AnalysisVersion) -> _Archive:
    """Check an upload, without running anything of it."""
    check_archive(upload, field=FIELD, max_bytes=settings.MAX_ALGORITHM_BYTES)
    function, offered, task = function_of(version), offered_by(version), environment_of(version)
    with scratch_folder(uploads_folder()) as scratch, opened_upload(upload) as archive:
        request = AlgorithmRequest(
            archive=archive,
            unpacked=str(scratch / "algorithm"),
            name=name_of(upload),
            function=function,
            offered=offered,
            provided=task.provided if task else (),
            slots=str(uploads_folder()),
            slot_wait_s=SLOT_WAIT_S,
            limits=READER_LIMITS,
        )
        found = _read(request)
    return _Archive(upload, sha256_of(upload), found.content_hash, found.notes)


def _read(request: AlgorithmRequest) -> InspectedAlgorithm:
    try:
        return inspect_algorithm(request)
    except TooLargeToInspect as error:
        raise TooLarge(
            "Reading the algorithm takes too much time or memory. Leave out large files, and split "
            "long modules.",
            code="algorithm-too-large",
            field=FIELD,
        ) from error
    except InspectionFailed as error:
        raise Unavailable(
            "The hub could not read the algorithm right now, so nothing was stored. "
            "Try again in a minute; if it fails again, report it to the staff.",
            code="algorithm-not-read",
        ) from error


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
        # On the database's clock, by which the sweeper recognises abandoned uploads.
        submitted_at=Now(),
        algorithm=f"submission_files/submission_{pk}.zip",
        archive_sha256=archive.sha256,
        archive_bytes=archive.upload.size,
        content_hash=archive.content_hash,
        display_name=display_name,
        duplicate_of=earlier.order_by("submitted_at").first(),
    )


def _store(archive: _Archive, submission: Submission) -> None:
    """Store an archive; when there is no room for it, delete its submission."""
    try:
        stored = store_file(submission.algorithm, archive.upload)
    except OSError:
        mine = Submission.objects.filter(pk=submission.pk, status=Status.SUBMITTING)
        if mine.delete()[0]:
            # A bucket may have stored it although its answer was lost. When the sweeper has
            # completed the row meanwhile, the archive belongs to a queued submission and stays.
            _discard(submission.algorithm)
        raise
    if stored != submission.algorithm:
        # The key is this submission's alone: the first attempt was stored, but its answer was lost.
        _discard(stored)


def _discard(key: str) -> None:
    """Remove a file that no row names; a failure is only logged, as it affects nobody."""
    try:
        delete_file(key)
    except OSError:
        log.warning("file_left_behind key=%s", key, exc_info=True)


def _queue(submission: Submission) -> None:
    """Queue a stored submission; if the database fails just now, the sweeper does it later."""
    try:
        complete_submission(submission)
    except OperationalError:
        log.warning("submission_left_to_the_sweeper submission=%s", submission.pk, exc_info=True)


@again_after_deadlock
def complete_submission(submission: Submission) -> bool:
    """Queue a submission whose archive is stored; False when that was done already."""
    with transaction.atomic():
        lock_turn(submission.created_by_id)
        version = submission.analysis.current_version
        waiting = Submission.objects.filter(pk=submission.pk, status=Status.SUBMITTING)
        if version is None or not waiting.update(status=Status.SUBMITTED):
            return False
        queue_run(submission, version, number=1)
        record_event(submission.pk, "submitted", duplicate=submission.duplicate_of_id is not None)
        admit_after_commit(submission.analysis_id)
    return True
