"""All indexes of this machine as one, and the list of files it has offered so far."""

import hashlib
import threading
from dataclasses import replace

from valhub.evaluation.execution.environments.index_fetching import Fetcher, NotOnIndex
from valhub.evaluation.execution.environments.index_sources import (
    Source,
    find_links_sources,
    index_sources,
)
from valhub.evaluation.execution.environments.package_index import NoPackageIndex, PackageIndex
from valhub.evaluation.execution.environments.simple_pages import FileLink
from valhub.evaluation.execution.environments.upload_cutoff import UploadCutoff


class IndexCatalogue:
    """What the indexes of this machine offer, remembered link by link.

    Attributes
    ----------
    fetcher : Fetcher
        The way to the indexes' own addresses.
    """

    def __init__(
        self, index: PackageIndex, fetcher: Fetcher, cutoff: UploadCutoff | None = None
    ) -> None:
        if not index.urls and not index.find_links:
            raise NoPackageIndex(
                "This machine's pip or uv configuration sets no-index but names no folder of"
                " wheels. Name one with find-links, or name an index."
            )
        self.fetcher = fetcher
        self._indexes = index_sources(index, fetcher)
        self._find_links = find_links_sources(index, fetcher)
        self._merged = index.merged
        self._offered: dict[str, FileLink] = {}
        self._failures: dict[str, NoPackageIndex] = {}
        self._cutoff = cutoff
        self._undated: set[str] = set()
        self._lock = threading.Lock()

    def files(self, project: str) -> dict[str, FileLink]:
        """Offer the files of a project, without those uploaded after the cutoff.

        Parameters
        ----------
        project : str
            Canonical project name.

        Returns
        -------
        dict of str to FileLink
            By the identifier under which `offered` gives the link again.

        Raises
        ------
        NotOnIndex
            When no index has the project.
        NoPackageIndex
            When an index fails: it could have had a better version.
        """
        found: dict[str, FileLink] = {}
        for source in self._indexes:
            _add(found, source, project)
            if found and not self._merged:
                break
        for source in self._find_links:
            _add(found, source, project)
        if not found:
            raise NotOnIndex(404)
        named = {_identifier(link): link for link in self._counting(project, found)}
        with self._lock:
            self._offered.update(named)
        return named

    def _counting(self, project: str, found: dict[str, FileLink]) -> list[FileLink]:
        links = list(found.values())
        counting = self._cutoff.counting(project, links) if self._cutoff else links
        if counting is not None:
            return counting
        with self._lock:
            self._undated.add(project)
        return links

    @property
    def undated(self) -> frozenset[str]:
        """Projects offered whole although there is a cutoff: their index gives no upload times."""
        with self._lock:
            return frozenset(self._undated)

    def offered(self, identifier: str) -> FileLink:
        """Return a link that was offered before.

        Raises
        ------
        NotOnIndex
            When it was not offered, or is not a wheel: only wheels install without running code.
        """
        with self._lock:
            link = self._offered.get(identifier)
        if link is None or not link.is_wheel:
            raise NotOnIndex(404)
        return link

    def note_failure(self, address: str, failure: NoPackageIndex | None) -> None:
        """Remember that an address failed, or forget it when a later attempt succeeds."""
        with self._lock:
            if failure is None:
                self._failures.pop(address, None)
            else:
                self._failures[address] = failure

    @property
    def failure(self) -> NoPackageIndex | None:
        """The first failure of an index that no later attempt has fixed."""
        with self._lock:
            return next(iter(self._failures.values()), None)


def _add(found: dict[str, FileLink], source: Source, project: str) -> None:
    for link in source(project):
        first = found.setdefault(link.filename, link)
        if first is not link and "sha256" in first.hashes and first.hashes == link.hashes:
            found[link.filename] = _completed(first, link)


def _completed(link: FileLink, same: FileLink) -> FileLink:
    """Add what another index says about the same file; a folder knows no time of upload."""
    return replace(
        link,
        requires_python=link.requires_python or same.requires_python,
        upload_time=link.upload_time or same.upload_time,
        yanked=link.yanked or same.yanked,
    )


def _identifier(link: FileLink) -> str:
    return hashlib.sha256(link.url.encode()).hexdigest()[:32]
