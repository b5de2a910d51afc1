"""Why the hub does not start, each reason with a code of its own where it is raised."""

from valhub.errors import ValhubError


class StartError(ValhubError):
    """The hub cannot start here."""

    code = "cannot-start"


class DataNotWritable(StartError):
    """The folder for the hub's data cannot be written."""

    code = "data-not-writable"
