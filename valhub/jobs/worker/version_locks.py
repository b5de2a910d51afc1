"""Where the first lock of a list of requirements is kept for all workers: in the database.

Each machine has a store of environments of its own. Without this, a second machine, or the same one
after its disk was replaced, would resolve anew, and one run could mix two sets of packages.
"""

from dataclasses import dataclass

from django.conf import settings

from valhub.cloud.transactions import through_an_outage
from valhub.jobs.models import RequirementLock


@dataclass(frozen=True)
class VersionLocks:
    """The kept locks of one version; see `KeptLocks`."""

    version_id: int

    def find(self, name: str) -> str | None:
        """Return the document of a lock, None when none is kept."""
        rows = RequirementLock.objects.filter(version=self.version_id, name=name)
        found = rows.values_list("document", flat=True)
        return through_an_outage(found.first, within_s=settings.LEASE_S)

    def keep(self, name: str, document: str) -> str:
        """Keep a document unless one is kept already; return the one that is kept."""
        return through_an_outage(lambda: self._kept(name, document), within_s=settings.LEASE_S)

    def _kept(self, name: str, document: str) -> str:
        row, _ = RequirementLock.objects.get_or_create(
            version_id=self.version_id, name=name, defaults={"document": document}
        )
        return row.document
