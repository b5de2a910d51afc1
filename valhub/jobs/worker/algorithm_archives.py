"""Algorithms' archives on this machine, one file each, named by hash.

    <engine cache>/archives/<SHA-256>.zip

The next shard of a run, in whichever of this machine's workers, finds its archive here. It is
checked against the hash every time it is opened, so that what runs is what was submitted.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from valhub.analyses.cache_limit import ARCHIVES, cache_folder
from valhub.cloud.errors import FileAltered
from valhub.cloud.storage import check_file, fetch_file
from valhub.evaluation.packages.files.cache_entries import cache_entry, discard
from valhub.evaluation.packages.files.scratch import scratch_folder
from valhub.jobs.models import Submission


@contextmanager
def algorithm_archive(submission: Submission) -> Iterator[Path]:
    """Find a submission's archive on this machine, or fetch it; inside the block it stays.

    Raises
    ------
    FileMissing, FileAltered
        When the stored archive is gone, or is not what was submitted.
    StorageError
        When the storage cannot be reached.
    OSError
        When there is no room for it.
    """
    target = cache_folder(ARCHIVES) / f"{submission.archive_sha256}.zip"
    with ExitStack() as stack:
        archive = stack.enter_context(cache_entry(target, lambda: _fetch(submission, target)))
        try:
            check_file(archive, sha256=submission.archive_sha256)
        except FileAltered:
            discard(archive)
            archive = stack.enter_context(cache_entry(target, lambda: _fetch(submission, target)))
        yield archive


def _fetch(submission: Submission, target: Path) -> None:
    with scratch_folder(cache_folder(ARCHIVES)) as scratch:
        fetched = scratch / target.name
        fetch_file(submission.algorithm, fetched, sha256=submission.archive_sha256)
        with suppress(FileExistsError):  # Another worker was first; theirs may be in use.
            os.link(fetched, target)
