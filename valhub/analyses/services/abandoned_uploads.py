"""Removing what uploads leave behind when the process that stored them was killed."""

from datetime import timedelta

from django.db.models import Value
from django.db.models.functions import Now

from valhub.analyses.models import AnalysisVersion
from valhub.analyses.public_files import FOLDER as PUBLIC_FOLDER
from valhub.analyses.public_files import part_of_key
from valhub.analyses.selectors.public_files import stored_parts
from valhub.analyses.services.version_rows import FOLDER, archive_key, withdraw_version
from valhub.cloud.storage import delete_file, old_files

# Much longer than storing the largest archive takes: nobody is still at it after that.
GIVEN_UP_AFTER = timedelta(hours=1)


def sweep_uploads() -> int:
    """Remove reserved rows that were never completed, and archives that no row names.

    Returns
    -------
    int
        How many rows and files were removed.
    """
    # Rows go first, because an upload whose rows are gone cannot be completed any more.
    return _sweep_rows() + _sweep_files() + _sweep_public_files()


def _sweep_rows() -> int:
    before = Now() - Value(GIVEN_UP_AFTER)
    abandoned = list(AnalysisVersion.objects.filter(archive="", created_at__lt=before))
    for version in abandoned:
        withdraw_version(version)
    return len(abandoned)


def _sweep_files() -> int:
    old = list(old_files(FOLDER, older_than=GIVEN_UP_AFTER))
    in_use = set(AnalysisVersion.objects.exclude(archive="").values_list("archive", flat=True))
    # Whatever this machine's clock says: as long as its rows exist, an upload may go on.
    in_use |= {archive_key(version) for version in AnalysisVersion.objects.filter(archive="")}
    return _delete([key for key in old if key not in in_use])


def _sweep_public_files() -> int:
    old = list(old_files(PUBLIC_FOLDER, older_than=GIVEN_UP_AFTER))
    if not old or AnalysisVersion.objects.filter(archive="").exists():
        # Their names do not say of which version they are, so an upload may be storing them.
        return 0
    in_use = stored_parts()
    return _delete([key for key in old if part_of_key(key) not in in_use])


def _delete(orphans: list[str]) -> int:
    for key in orphans:
        delete_file(key)
    return len(orphans)
