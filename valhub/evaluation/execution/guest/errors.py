"""Why a value cannot cross the wire.

These classes stand beside `valhub.errors`, not below it: the guest runs inside the sandbox, with
the standard library alone, and cannot import the rest of the hub.
"""

from __future__ import annotations


class Unencodable(Exception):
    """The wire does not carry a value of this type."""


class MalformedFrame(Exception):
    """The frame says something that no frame can say."""


class MissingLibrary(Exception):
    """The value needs a package that this side does not have; the argument is its name."""


class UnusableArguments(TypeError):
    """The function cannot be called with what the task offers; the argument says why."""
