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


class DataNotWritable(CannotStart):
    """The folder for the hub's data cannot be written."""

    code = "data-not-writable"
