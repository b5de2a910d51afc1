"""What `valhub check` found in the same package before.

Everything that reads packages is slow to load, so this finds a kept result without loading it.
"""

from dataclasses import dataclass
from pathlib import Path

from valhub.client.locations import display_name, locate_package
from valhub.evaluation.packages.check_cache import (
    CHECKS,
    CheckCache,
    archive_content,
    check_key,
    folder_content,
    reported,
)
from valhub.evaluation.packages.files.archives import opened
from valhub.evaluation.packages.limits import PACKAGE_LIMITS
from valhub.evaluation.settings import Settings


@dataclass(frozen=True)
class CheckRequest:
    """What the user asked for.

    Attributes
    ----------
    name : str
        A folder, a .zip or the name of a built task.
    analysis : str or None
        The package an algorithm is meant for; with it, `name` is taken for an algorithm.
    resolve : bool
        Whether to resolve requirements too.
    exclude_newer : str or None
        Day or time after which uploaded packages do not count; by default, the task's.
    """

    name: str
    analysis: str | None = None
    resolve: bool = False
    exclude_newer: str | None = None

    @property
    def depends_on_bytes_alone(self) -> bool:
        """Whether the result for a package is the same whenever it is asked for."""
        return self.analysis is None and not self.resolve and self.exclude_newer is None


def known_checks() -> CheckCache:
    """Return this user's results of checks."""
    return CheckCache(Settings.from_environment().cache_dir / CHECKS)


def package_key(path: Path) -> str:
    """Name the check of a package, a folder or an archive, by its content."""
    content = folder_content(path) if path.is_dir() else archive_content(path)
    return check_key(content, by="command")


def find_known(request: CheckRequest) -> str | None:
    """Say what was found in the same bytes before; None when they were not checked.

    Raises
    ------
    InvalidPackage
        With every fault found before, or those of a folder that cannot be read.
    NotFound
        There is nothing at the path.
    """
    if not request.depends_on_bytes_alone:
        return None
    path = locate_package(request.name)
    if path.is_dir():
        # Whether a folder may be read at all is seen from its names, each time.
        with opened(path, PACKAGE_LIMITS):
            key = package_key(path)
    elif path.is_file():
        key = package_key(path)
    else:
        return None
    # Read once: between two readings, another process may have removed it.
    kept, name = known_checks().find(key), display_name(path)
    return None if kept is None else f"{name}{reported(kept, name)['said']}"
