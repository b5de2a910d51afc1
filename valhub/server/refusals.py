"""Why the hub does not start."""


class CannotStart(Exception):
    """The hub cannot start here."""

    code = "cannot-start"


class AddressInUse(CannotStart):
    """Another program already listens there."""

    code = "address-in-use"


class AddressNotAvailable(CannotStart):
    """The address is not one of this machine, or it may not be used."""

    code = "address-not-available"


class DataInUse(CannotStart):
    """Another hub keeps its data there."""

    code = "data-in-use"


class DatabaseNotReady(CannotStart):
    """The database has no tables yet, or not those of this version."""

    code = "database-not-ready"


class DatabaseUnreachable(CannotStart):
    """The database does not answer."""

    code = "database-unreachable"


class DataNotWritable(CannotStart):
    """The folder for the hub's data cannot be written."""

    code = "data-not-writable"
