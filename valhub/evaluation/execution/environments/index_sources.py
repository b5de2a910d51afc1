"""Where links to distribution files come from: a remote index, a folder index, find-links.

A source answers one question: which files it has for a project. It is asked by canonical project
name, so that no question can reach other places on the disk.
"""

import functools
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from valhub.evaluation.execution.environments.index_fetching import Fetcher, NotOnIndex
from valhub.evaluation.execution.environments.package_index import (
    NoPackageIndex,
    PackageIndex,
    index_name,
)
from valhub.evaluation.execution.environments.simple_pages import (
    ACCEPTED_PAGES,
    FileLink,
    UnreadablePage,
    project_of,
    read_page,
)

Source = Callable[[str], tuple[FileLink, ...]]
"""Returns the files of a project, by its canonical name; none when the source has none."""

_PAGE_BYTES = 64 * 1024**2


def index_sources(index: PackageIndex, fetcher: Fetcher) -> tuple[Source, ...]:
    """Return one source for each index of this machine, in its order of preference."""
    return tuple(_index_source(url, fetcher) for url in index.urls)


def find_links_sources(index: PackageIndex, fetcher: Fetcher) -> tuple[Source, ...]:
    """Return one source for each find-links place of this machine."""
    return tuple(_find_links_source(url, fetcher) for url in index.find_links)


def local_path(url: str) -> Path:
    """Return the path that a file address stands for."""
    return Path(url2pathname(urlsplit(url).path))


def _index_source(url: str, fetcher: Fetcher) -> Source:
    if urlsplit(url).scheme == "file":
        return functools.partial(_folder_index_files, local_path(url))
    return functools.partial(_remote_index_files, url.rstrip("/"), fetcher)


def _find_links_source(url: str, fetcher: Fetcher) -> Source:
    if urlsplit(url).scheme != "file":
        return functools.partial(_remote_flat_files, url, fetcher)
    return functools.partial(_local_flat_files, local_path(url))


def _remote_index_files(url: str, fetcher: Fetcher, project: str) -> tuple[FileLink, ...]:
    return _remote_page(f"{url}/{project}/", fetcher)


def _remote_flat_files(url: str, fetcher: Fetcher, project: str) -> tuple[FileLink, ...]:
    return _of_project(_remote_page(url, fetcher), project)


def _remote_page(url: str, fetcher: Fetcher) -> tuple[FileLink, ...]:
    """Read a page; links that leave the web are dropped, as no page may name this disk."""
    try:
        with fetcher.open(url, {"Accept": ACCEPTED_PAGES}) as reply:
            body = reply.read_all(_PAGE_BYTES)
            links = _links(body, reply.headers.get("content-type", ""), reply.url)
    except NotOnIndex:
        return ()
    return tuple(link for link in links if urlsplit(link.url).scheme in ("https", "http"))


def _folder_index_files(folder: Path, project: str) -> tuple[FileLink, ...]:
    page = folder / project / "index.html"
    links = _local_page(page) if page.is_file() else ()
    return tuple(map(_with_digest, _of_project(links, project)))


def _local_flat_files(place: Path, project: str) -> tuple[FileLink, ...]:
    links = _local_page(place) if place.is_file() else _folder_files(place)
    return tuple(map(_with_digest, _of_project(links, project)))


def _local_page(page: Path) -> tuple[FileLink, ...]:
    return _links(page.read_bytes(), "text/html", page.absolute().as_uri())


def _links(body: bytes, content_type: str, url: str) -> tuple[FileLink, ...]:
    try:
        return read_page(body, content_type, url)
    except UnreadablePage as error:
        detail = f"The package index {index_name(url)} has a page that cannot be read: {error}."
        raise NoPackageIndex(detail) from None


def _folder_files(folder: Path) -> tuple[FileLink, ...]:
    if not folder.is_dir():
        return ()
    files = sorted(path.absolute() for path in folder.iterdir() if path.is_file())
    return tuple(FileLink(path.name, path.as_uri()) for path in files)


def _of_project(links: tuple[FileLink, ...], project: str) -> tuple[FileLink, ...]:
    return tuple(link for link in links if project_of(link.filename) == project)


def _with_digest(link: FileLink) -> FileLink:
    """Add the digest of a wheel on disk, for a lock names every file by its digest."""
    if "sha256" in link.hashes or not link.is_wheel or urlsplit(link.url).scheme != "file":
        return link
    path = local_path(link.url)
    if not path.is_file():
        return link
    stat = path.stat()
    return replace(link, hashes={"sha256": _sha256(path, stat.st_size, stat.st_mtime_ns)})


@functools.lru_cache(maxsize=1024)
def _sha256(path: Path, _size: int, _changed_ns: int) -> str:
    """Hash a file; its size and time are part of the question, so a new file is hashed anew."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
