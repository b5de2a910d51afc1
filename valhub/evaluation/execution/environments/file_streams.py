"""A distribution file as a stream, whole or a range of it, from disk or from its index."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from valhub.evaluation.execution.environments.index_fetching import Fetcher, NotOnIndex, Reply
from valhub.evaluation.execution.environments.index_sources import local_path

_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")


@contextmanager
def open_file(
    url: str, fetcher: Fetcher, *, byte_range: str | None = None, method: str = "GET"
) -> Iterator[Reply]:
    """Open a file that an index links to.

    Parameters
    ----------
    url : str
        Address of the file, on the web or on disk.
    byte_range : str, optional
        An HTTP `Range` header.

    Raises
    ------
    NotOnIndex
        When there is no such file or range.
    NoPackageIndex
        When its index fails.
    """
    if urlsplit(url).scheme == "file":
        with _open_local(local_path(url), byte_range) as reply:
            yield reply
    else:
        headers = {"Range": byte_range} if byte_range else {}
        with fetcher.open(url, headers, method=method) as reply:
            yield reply


@contextmanager
def _open_local(path: Path, byte_range: str | None) -> Iterator[Reply]:
    if not path.is_file():
        raise NotOnIndex(404)
    size = path.stat().st_size
    first, end = _bounds(byte_range, size)
    headers = {"content-length": str(end - first), "accept-ranges": "bytes"}
    if byte_range:
        headers["content-range"] = f"bytes {first}-{end - 1}/{size}"
    with path.open("rb") as file:
        file.seek(first)
        body = _Part(file, end)
        yield Reply(206 if byte_range else 200, headers, path.as_uri(), body)


def _bounds(byte_range: str | None, size: int) -> tuple[int, int]:
    """Return the first byte of a range and the byte after its last."""
    if not byte_range:
        return 0, size
    found = _RANGE.match(byte_range)
    if found is None or byte_range == "bytes=-":
        raise NotOnIndex(416)
    if not found[1]:
        return max(0, size - int(found[2])), size
    first, end = int(found[1]), min(int(found[2]) + 1, size) if found[2] else size
    if first >= end:
        raise NotOnIndex(416)
    return first, end


@dataclass(frozen=True)
class _Part:
    """A file that ends early."""

    file: BinaryIO
    end: int

    def read(self, size: int, /) -> bytes:
        return self.file.read(max(0, min(size, self.end - self.file.tell())))
