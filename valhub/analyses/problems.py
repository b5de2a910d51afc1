"""Why something cannot be done with an analysis, and why an uploaded archive is refused.

What is wrong inside a package is told by the engine's `InvalidPackage`, with all its faults.
"""

from valhub.accounts.problems import (
    Conflict,
    Forbidden,
    NotFound,
    TooLarge,
    Unavailable,
    UnsupportedType,
)


class NoSuchAnalysis(NotFound):
    """There is no such analysis, or you may not see it."""

    code = "no-such-analysis"


class NoSuchVersion(NotFound):
    """The analysis has no such version. Leave the version out to see the one that is current."""

    code = "no-such-version"


class NotAnOrganiser(Forbidden):
    """Only organisers may publish analyses here. Ask the staff to make you one."""

    code = "not-an-organiser"


class NotYourAnalysis(Forbidden):
    """Only its creator or the staff may change an analysis. Sign in as one of them."""

    code = "not-your-analysis"


class NotAZip(UnsupportedType):
    """It is not a .zip archive. Pack the files into one and send that."""

    code = "not-a-zip"


class ArchiveTooLarge(TooLarge):
    """The archive is larger than this hub takes."""

    code = "archive-too-large"


class SameAnalysis(Conflict):
    """You have published the same package under the same name before."""

    code = "analysis-exists"


class SameContent(Conflict):
    """The analysis has a version with exactly this content already. Nothing was changed."""

    code = "version-exists"


class StillStoring(Conflict):
    """The same upload is being stored right now. Look for it in a while before sending it again."""

    code = "upload-in-progress"


class NotInThisState(Conflict):
    """The analysis is in another state."""

    code = "wrong-state"


class UploadAbandoned(Unavailable):
    """Storing the archive took too long and was given up. Send it again."""

    code = "upload-abandoned"


class PackageUnavailable(Unavailable):
    """The stored package cannot be read back as it was. Tell the hub's administrator."""

    code = "package-unavailable"


class PackageMissing(PackageUnavailable):
    """The stored package is not there any more. The hub's administrator has to restore it."""

    code = "package-missing"


class PackageAltered(PackageUnavailable):
    """The stored package is not what was uploaded. The hub's administrator has to restore it."""

    code = "package-altered"


class PackageTooLarge(TooLarge):
    """Reading the package takes too much time or memory. Split it, or shorten its data."""

    code = "package-too-large"


class NotPrepared(Unavailable):
    """The package's data could not be prepared, by a fault of the hub. Tell its administrator."""

    code = "not-prepared"


class NothingToPrepare(Conflict):
    """Preparing the data of its current version has not failed, so there is nothing to repeat."""

    code = "nothing-to-prepare"
