"""Which files of an index count when only those uploaded until some day do.

Without upload times, old files look like new ones. So a project whose index gives none
keeps all its files, and is remembered as undated: its lock has to be kept to last.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from valhub.evaluation.execution.environments.simple_pages import FileLink, version_of
from valhub.evaluation.packages.requirements.upload_dates import upload_limit


@dataclass(frozen=True)
class UploadCutoff:
    """A moment, and the exact versions that count although they are newer.

    Attributes
    ----------
    moment : datetime
        Files uploaded at this moment or later do not count.
    pinned : mapping of str to frozenset of Version
        By canonical project name: what a requirement asks for with `==`. Such a version means the
        same files whatever the day.
    """

    moment: datetime
    pinned: Mapping[str, frozenset[Version]] = field(default_factory=dict)

    @classmethod
    def for_requirements(cls, exclude_newer: str, lines: Iterable[str]) -> "UploadCutoff":
        """Build the cutoff for a list of PEP 508 requirements."""
        pinned: dict[str, frozenset[Version]] = {}
        for requirement in map(Requirement, lines):
            name = canonicalize_name(requirement.name)
            pinned[name] = pinned.get(name, frozenset()) | _exact_versions(requirement)
        return cls(upload_limit(exclude_newer), pinned)

    def counting(self, project: str, links: Sequence[FileLink]) -> list[FileLink] | None:
        """Return the files of a project that count; None when its index gives no upload times.

        A file without a time among files that have one does not count.
        """
        times = {link.filename: _moment(link.upload_time) for link in links}
        if not any(times.values()):
            # An exact version needs no upload time.
            return list(links) if self.pinned.get(project) else None
        return [link for link in links if self._counts(project, link, times[link.filename])]

    def _counts(self, project: str, link: FileLink, uploaded: datetime | None) -> bool:
        if uploaded is not None and uploaded < self.moment:
            return True
        return version_of(link.filename) in self.pinned.get(project, frozenset())


def _exact_versions(requirement: Requirement) -> frozenset[Version]:
    exact = (each.version for each in requirement.specifier if each.operator in ("==", "==="))
    return frozenset(version for text in exact if (version := _version(text)) is not None)


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:  # `==1.*` is many versions, not one
        return None


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
