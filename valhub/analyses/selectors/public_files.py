"""What participants can download of a version: the one way to it, for pages and routes alike.

Whoever may see the analysis may have its public files. For every other name the answer is the same,
whether it is that of a hidden file or of none.
"""

from collections.abc import Iterator

from valhub.analyses.errors import NoSuchFile
from valhub.analyses.models import AnalysisVersion, PublicPart
from valhub.analyses.public_files import PublicFile, StoredCopy, part_of_key
from valhub.evaluation.packages.tasks.public_archive import STARTER


def has_public_files(version: AnalysisVersion) -> bool:
    """Whether there is anything to download."""
    return PublicPart.objects.filter(version=version).exists()


def public_files_of(version: AnalysisVersion) -> list[PublicFile]:
    """List the public files of a version, in the package's order."""
    return list(_files(version))


def find_public_file(version: AnalysisVersion, name: str) -> PublicFile:
    """Find one of them by its name; raises `NoSuchFile`."""
    found = next((one for one in _files(version) if one.name == name), None)
    if found is None:
        raise NoSuchFile
    return found


def find_starter(version: AnalysisVersion) -> StoredCopy:
    """Find the archive of all of them; raises `NoSuchFile`."""
    part = PublicPart.objects.filter(version=version).defer("files").first()
    if part is None:
        raise NoSuchFile
    return _archive(part)


def public_copies(using: str) -> Iterator[StoredCopy]:
    """Every stored file that a public part names, in one of the hub's databases."""
    for part in PublicPart.objects.using(using).iterator(chunk_size=20):
        yield _archive(part)
        for file in map(PublicFile.from_document, part.files):
            yield file.data
            yield file.truth


def stored_parts() -> set[str]:
    """What the keys of all stored public files begin with; see `part_of_key`."""
    archives = PublicPart.objects.values_list("archive", flat=True)
    return set(map(part_of_key, archives))


def _archive(part: PublicPart) -> StoredCopy:
    return StoredCopy(part.archive, STARTER, part.archive_size, part.archive_sha256)


def _files(version: AnalysisVersion) -> Iterator[PublicFile]:
    part = PublicPart.objects.filter(version=version).first()
    return map(PublicFile.from_document, part.files if part else ())
