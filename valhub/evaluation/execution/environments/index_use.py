"""How much one step asks of the package index, and when that is too much.

A package can require as many others as its author likes, and each of them is another page to fetch
and to read. What no honest set of requirements needs ends the step long before its time limit.
"""

import threading

from valhub.evaluation.execution.environments.build_context import InstallLimits
from valhub.evaluation.execution.environments.errors import (
    EnvironmentTooLarge,
    InvalidRequirements,
    UnresolvableRequirements,
)

_REQUIRED = b"\nrequires-dist:"


class IndexUse:
    """Counts what a step has asked for; `excess` says what was too much, None while nothing was.

    Requests come from several threads.
    """

    def __init__(self, limits: InstallLimits) -> None:
        self._limits = limits
        self._projects: set[str] = set()
        self._bytes = 0
        self._lock = threading.Lock()
        self.excess: InvalidRequirements | None = None

    @property
    def metadata_bytes(self) -> int:
        """The most that one package's metadata may have."""
        return self._limits.metadata_bytes

    def note_project(self, project: str) -> bool:
        """Count a project that is asked about; False when it is one too many."""
        with self._lock:
            self._projects.add(project)
            if len(self._projects) > self._limits.projects:
                self._exceed(
                    f"Resolving the requirements leads to more than {self._limits.projects:,} "
                    "projects. Require fewer packages, or pin versions with ==."
                )
            return self.excess is None

    def note_metadata(self, name: str, metadata: bytes) -> bool:
        """Look at a package's metadata before it is passed on; False when it is too large."""
        with self._lock:
            if len(metadata) > self._limits.metadata_bytes:
                self._exceed(
                    f"The metadata of {name} has more than {self._limits.metadata_bytes:,} bytes. "
                    "Require another version of that package, or leave it out."
                )
            required = metadata.lower().count(_REQUIRED)
            if required > self._limits.required:
                self._exceed(
                    f"{name} requires {required:,} packages, and at most "
                    f"{self._limits.required:,} are allowed. Require another version of it, or "
                    "leave it out."
                )
            return self.excess is None

    def note_bytes(self, count: int) -> bool:
        """Count bytes of files that are passed on; False when they are too many."""
        with self._lock:
            self._bytes += count
            if self._bytes > self._limits.installed_bytes and self.excess is None:
                self.excess = EnvironmentTooLarge()
            return self.excess is None

    def _exceed(self, sentence: str) -> None:
        self.excess = self.excess or UnresolvableRequirements(sentence)
