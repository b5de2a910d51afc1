"""Storing what participants can download of a version, when its package is uploaded.

The files are stored first, under keys that nothing else has; then the row that names them, in the
transaction that completes the version. What a killed process stored is named by no row, and
`abandoned_uploads` removes it.
"""

import io
from pathlib import Path, PurePosixPath

from valhub.analyses.models import AnalysisVersion, PublicPart
from valhub.analyses.public_files import Keys, PublicFile, StoredCopy
from valhub.cloud.storage import delete_file, sha256_of, store_file
from valhub.evaluation.packages.tasks.public_archive import (
    STARTER,
    Content,
    OfferedFile,
    PublicFiles,
)


def store_public_part(
    version: AnalysisVersion, public: PublicFiles, unpacked: Path, archive: Path
) -> PublicPart | None:
    """Store the public files of an uploaded package.

    Parameters
    ----------
    unpacked : Path
        The package's folder.
    archive : Path
        The archive of its public files.

    Returns
    -------
    PublicPart or None
        The row, which is not saved yet; None when there is nothing to offer.

    Raises
    ------
    StorageError, OSError
        When they cannot be stored.
    """
    if not public.files:
        return None
    keys = Keys()
    files = [_stored(one, unpacked, keys, str(number)) for number, one in enumerate(public.files)]
    whole = Content(STARTER, path=archive.name)
    copy = _copy(whole, archive.parent, keys.of("all", STARTER))
    return PublicPart(
        version=version,
        archive=copy.key,
        archive_size=copy.size,
        archive_sha256=copy.sha256,
        files=[one.document() for one in files],
    )


def delete_public_part(part: PublicPart) -> None:
    """Remove the files of a part whose row was not saved."""
    delete_file(part.archive)
    for file in map(PublicFile.from_document, part.files):
        delete_file(file.data.key)
        delete_file(file.truth.key)


def _stored(file: OfferedFile, unpacked: Path, keys: Keys, number: str) -> PublicFile:
    data = _copy(file.data, unpacked, keys.of(number, file.data.member))
    truth = _copy(file.truth, unpacked, keys.of(f"{number}-truth", file.truth.member))
    return PublicFile(file.name, file.metadata, data, truth)


def _copy(content: Content, folder: Path, key: str) -> StoredCopy:
    text = io.BytesIO(content.text.encode())
    with (folder / content.path).open("rb") if content.path else text as source:
        sha256 = sha256_of(source)
        size = source.tell()
        name = PurePosixPath(content.member).name
        return StoredCopy(store_file(key, source), name, size, sha256)
