"""Accepting packages: checked in full, then stored, then visible.

A package is unpacked once. While it is being checked it is in a private folder; when it is valid,
that folder is moved to its place in the cache, so that the first worker finds it there.
"""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from valhub.accounts.models import Account
from valhub.accounts.services.idempotency import Claim
from valhub.analyses.errors import NotAnOrganiser
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion, DataFile
from valhub.analyses.package_cache import cache_unpacked, packages_folder
from valhub.analyses.selectors.permissions import may_publish
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.package_rows import files_of, version_of
from valhub.analyses.services.public_parts import delete_public_part, store_public_part
from valhub.analyses.services.rejected_uploads import rejections_counted
from valhub.analyses.services.storage_quota import check_storage
from valhub.analyses.services.uploaded_archives import check_archive, name_of, opened_upload
from valhub.analyses.services.version_rows import (
    FIELD,
    archive_key,
    complete_version,
    reserve_analysis,
    reserve_version,
    withdraw_version,
)
from valhub.cloud.storage import delete_file, sha256_of, store_file
from valhub.errors import TooLarge, Unavailable
from valhub.evaluation.inspection import InspectedPackage, InspectionRequest, inspect_package
from valhub.evaluation.packages.files.scratch import scratch_folder
from valhub.evaluation.packages.tasks.public_archive import STARTER
from valhub.evaluation.reader import ReaderLimits
from valhub.evaluation.upload_reading import InspectionFailed, TooLargeToInspect

# Data up to this size is read row by row while its sender waits, so that every fault is
# reported at once. More would take minutes: then the preparation reports them.
READ_AT_ONCE_BYTES = 100 * 1024**2
# What reading a package may take. Waiting and running together take less time than proxies wait for
# an answer, and processor time is less than run time: on an idle machine, a package that costs too
# much reaches its own limit first.
SLOT_WAIT_S = 30.0
READER_LIMITS = ReaderLimits(cpu_s=150, memory_bytes=8 * 1024**3, run_time_s=210.0)

_Reserve = Callable[[AnalysisVersion, list[DataFile]], None]


def store_analysis(
    *,
    creator: Account,
    fields: AnalysisFields,
    upload: "UploadedFile[Any]",
    by: Account | None = None,
    draft: bool = False,
    field: str = FIELD,
    claim: Claim | None = None,
) -> AnalysisVersion:
    """Publish a package as a new analysis, or keep it as a draft.

    Parameters
    ----------
    creator : Account
        Its owner.
    fields : AnalysisFields
        What is written about it.
    upload : UploadedFile
        The package, as a .zip.
    by : Account, optional
        The account that publishes it, when that is not the creator.
    draft : bool
        Whether it is to be published later.
    field : str
        The name of the package's input.
    claim : Claim, optional
        Of its request, which is noted to have made it.

    Returns
    -------
    AnalysisVersion
        Its first version. Nobody has asked for its preparation yet.

    Raises
    ------
    NotAnOrganiser, InvalidFields, TooLarge, UnsupportedType, Conflict, TooMany, Unavailable
        Then nothing is stored.
    OSError
        When the disk is full; then nothing is stored.
    InvalidPackage
        With every fault found; then nothing is stored.
    """
    if not may_publish(by or creator):
        raise NotAnOrganiser
    fields.check()
    state = AnalysisState.DRAFT if draft else AnalysisState.PUBLISHED
    reserve = partial(reserve_analysis, creator, fields, state, field=field)
    check_storage(creator, upload.size, field=field)
    return _store_package(upload, fields.annotation_file_name, reserve, by or creator, field, claim)


def add_version(
    *,
    analysis: Analysis,
    upload: "UploadedFile[Any]",
    by: Account | None = None,
    field: str = FIELD,
    claim: Claim | None = None,
) -> AnalysisVersion:
    """Give an analysis a new package; entries of its earlier versions become outdated.

    Parameters
    ----------
    analysis : Analysis
        Whose version it is.
    upload : UploadedFile
        The package, as a .zip.
    by : Account, optional
        The account that uploads it, when that is not the analysis' creator.
    field : str
        The name of the package's input.
    claim : Claim, optional
        Of its request, which is noted to have made it.

    Returns
    -------
    AnalysisVersion
        The version that accepts submissions from now on. Nobody has asked for its preparation yet.

    Raises
    ------
    TooLarge, UnsupportedType, Conflict, TooMany, Unavailable
        Then nothing is stored.
    OSError
        When the disk is full; then nothing is stored.
    InvalidPackage
        With every fault found; then nothing is stored.
    """
    reserve = partial(reserve_version, analysis, field=field)
    check_storage(analysis.creator, upload.size, field=field)
    by = by or analysis.creator
    return _store_package(upload, analysis.annotation_file_name, reserve, by, field, claim)


def _store_package(
    upload: "UploadedFile[Any]",
    annotation: str,
    reserve: _Reserve,
    by: Account,
    field: str,
    claim: Claim | None,
) -> AnalysisVersion:
    """Check a package, reserve its rows, store its archive and complete the rows."""
    with scratch_folder(packages_folder()) as scratch:
        unpacked, public = scratch / "package", scratch / STARTER
        with rejections_counted(by):
            check_archive(upload, field=field, max_bytes=settings.MAX_PACKAGE_BYTES)
            package = _checked(upload, unpacked, annotation, public, field)
            version, files = version_of(package), files_of(package)
            version.archive_sha256, version.archive_bytes = sha256_of(upload), upload.size
            reserve(version, files)
        with ExitStack() as undo:
            undo.callback(withdraw_version, version)
            part = store_public_part(version, package.public, unpacked, public)
            if part is not None:
                undo.callback(delete_public_part, part)
            cache_unpacked(unpacked, version.content_hash)
            archive = store_file(archive_key(version), upload)
            undo.callback(delete_file, archive)
            complete_version(version, archive, part, claim)
            undo.pop_all()
    return version


def _checked(
    upload: "UploadedFile[Any]", unpacked: Path, annotation: str, public: Path, field: str
) -> InspectedPackage:
    """Have an upload unpacked and read; faults are reported under the name it was sent with."""
    try:
        with opened_upload(upload) as archive:
            return inspect_package(
                InspectionRequest(
                    archive=archive,
                    unpacked=str(unpacked),
                    name=name_of(upload),
                    annotation=annotation,
                    store=str(settings.ENGINE_CACHE / "data"),
                    read_at_once_bytes=READ_AT_ONCE_BYTES,
                    public=str(public),
                    slots=str(settings.ENGINE_CACHE),
                    slot_wait_s=SLOT_WAIT_S,
                    limits=READER_LIMITS,
                )
            )
    except TooLargeToInspect as error:
        raise TooLarge(
            "Reading the package takes too much time or memory. Split it, or shorten its data.",
            code="package-too-large",
            field=field,
        ) from error
    except InspectionFailed as error:
        raise Unavailable(
            "The hub could not read the package right now, so nothing was stored. "
            "Try again in a minute; if it fails again, report it to the staff.",
            code="not-prepared",
        ) from error
