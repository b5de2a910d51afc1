"""A version's rows in the database, reserved before its archive is stored.

The rows come first and name no archive; then the archive is stored, outside any transaction; then
the rows are completed. A process killed in between leaves rows that nobody sees, or a file that
no row names; `abandoned_uploads` removes both.
"""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from valhub.accounts.models import Account
from valhub.accounts.services.idempotency import Claim
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion, DataFile, PublicPart
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.storage_quota import reserve_storage
from valhub.errors import Conflict, Unavailable

FOLDER = "evaluation_scripts"
FIELD = "evaluation_script"


def reserve_analysis(
    creator: Account,
    fields: AnalysisFields,
    state: AnalysisState,
    version: AnalysisVersion,
    files: list[DataFile],
    *,
    field: str = FIELD,
) -> None:
    """Make the rows of a new analysis, which nobody sees yet.

    Raises
    ------
    Conflict
        When the creator sent the same content under the same name before.
    TooLarge
        When it is more than the creator may store.
    """
    with transaction.atomic():
        # Its lock makes two uploads of the same content follow each other: the second is rejected.
        reserve_storage(creator, version.archive_bytes, field=field)
        _refuse_twin(creator.pk, fields.analysis_name, version.content_hash)
        analysis = Analysis.objects.create(creator=creator, state=state, **asdict(fields))
        _add_rows(analysis, 1, version, files)


def reserve_version(
    analysis: Analysis, version: AnalysisVersion, files: list[DataFile], *, field: str = FIELD
) -> None:
    """Make the rows of a further version, which nobody sees yet.

    Raises
    ------
    Conflict
        When the analysis has a version with the same content.
    TooLarge
        When it is more than its creator may store.
    """
    with transaction.atomic():
        reserve_storage(analysis.creator, version.archive_bytes, field=field)
        locked = Analysis.objects.select_for_update().get(pk=analysis.pk)
        versions = AnalysisVersion.objects.filter(analysis=locked)
        same = versions.filter(content_hash=version.content_hash).first()
        if same is not None:
            sentence = (
                f"Version {same.number} already has exactly this content. Change the package to "
                "make a new version."
            )
            raise _conflict(same, Conflict(sentence, code="version-exists"))
        last = versions.aggregate(number=Max("number"))["number"] or 0
        _add_rows(locked, last + 1, version, files)


def complete_version(
    version: AnalysisVersion,
    archive: str,
    part: PublicPart | None = None,
    claim: Claim | None = None,
) -> None:
    """Record where a version's files are stored, and let the version accept submissions.

    Parameters
    ----------
    archive : str
        Key of its package.
    part : PublicPart, optional
        What participants can download of it, if anything.
    claim : Claim, optional
        Of the request that uploads it: it is noted to have made it.

    Raises
    ------
    Unavailable
        When the sweeper has removed its rows meanwhile.
    """
    with transaction.atomic():
        analysis = Analysis.objects.select_for_update().filter(pk=version.analysis_id).first()
        mine = AnalysisVersion.objects.filter(pk=version.pk, archive="")
        if analysis is None or not mine.update(archive=archive):
            raise Unavailable(
                "Storing the archive took too long and was given up. Send it again.",
                code="upload-abandoned",
            )
        if claim is not None:
            claim.note_made(str(version.pk))
        if part is not None:
            part.save(force_insert=True)
        current = analysis.current_version
        if current is None or current.number < version.number:
            Analysis.objects.filter(pk=analysis.pk).update(current_version=version.pk)
    version.refresh_from_db()


def add_notes(version: AnalysisVersion, notes: Sequence[str]) -> None:
    """Record what its organiser should look at, besides what is recorded already."""
    known = version.notes or []
    new = [note for note in dict.fromkeys(notes) if note not in known]
    if new:
        AnalysisVersion.objects.filter(pk=version.pk).update(notes=[*known, *new])


def withdraw_version(version: AnalysisVersion) -> None:
    """Remove the rows of a version that was not stored; with the first one, its analysis."""
    with transaction.atomic():
        analysis = Analysis.objects.select_for_update().filter(pk=version.analysis_id).first()
        if analysis is not None:
            AnalysisVersion.objects.filter(pk=version.pk, archive="").delete()
            if not analysis.versions.exists():
                analysis.delete()


def archive_key(version: AnalysisVersion) -> str:
    """Where a version's archive is stored."""
    later = f"_v{version.number}" if version.number > 1 else ""
    return f"{FOLDER}/analysis_{version.analysis_id}{later}.zip"


def _refuse_twin(creator_id: UUID, name: str, content_hash: str) -> None:
    twins = AnalysisVersion.objects.filter(
        analysis__creator_id=creator_id, analysis__analysis_name=name, content_hash=content_hash
    )
    twin = twins.first()
    if twin is not None:
        stored = Conflict(
            f"You have already published this package under this name, as analysis "
            f"{twin.analysis_id}. Use that analysis, or change the name or the package.",
            code="analysis-exists",
        )
        raise _conflict(twin, stored)


def _conflict(same: AnalysisVersion, stored: Conflict) -> Conflict:
    if same.archive:
        return stored
    return Conflict(
        "The same upload is being stored right now. Wait a minute and check for it before you "
        "send it again.",
        code="upload-in-progress",
    )


def _add_rows(
    analysis: Analysis, number: int, version: AnalysisVersion, files: list[DataFile]
) -> None:
    version.analysis, version.number, version.archive = analysis, number, ""
    # On the database's clock, by which the sweeper recognises abandoned uploads.
    version.created_at = Now()
    version.save(force_insert=True)
    for file in files:
        file.version = version
    DataFile.objects.bulk_create(files, batch_size=1000)
