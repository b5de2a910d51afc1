"""Why something cannot be done with an analysis, and why an uploaded archive is rejected.

The engine's `InvalidPackage` reports what is wrong inside a package, with all its faults.
"""

from valhub.errors import (
    Conflict,
    Forbidden,
    NotFound,
    Unavailable,
)


class NoSuchVersion(NotFound):
    """The analysis has no such version. Leave the version out to see the current one."""

    code = "no-such-version"


class NoSuchFile(NotFound):
    """There is no such file, or it is not yours to read."""

    code = "no-such-file"


class NotAnOrganiser(Forbidden):
    """Only organisers may publish analyses here. Ask the staff to make you one."""

    code = "not-an-organiser"


class NotInThisState(Conflict):
    """The analysis is in another state."""

    code = "wrong-state"


class PackageAltered(Unavailable):
    """The stored package is not what was uploaded. The hub's administrator has to restore it."""

    code = "package-altered"
