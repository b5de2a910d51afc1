"""What one run lost on each system, as bytes that a database can store.

Whoever stores and loads it needs no NumPy; `losses` packs and unpacks it.
"""

from typing import NamedTuple


class PackedLosses(NamedTuple):
    """One run's losses over the systems of its version, in an order that all its runs share.

    Attributes
    ----------
    losses : bytes
        One float64 for each system, little-endian; NaN where no file was answered. Empty where a
        run has one number for the whole, and so no systems.
    missing : bytes
        How many of a system's files were not scored, one uint32 for each, little-endian; empty
        where every file was scored.
    systems, files : int
        How many there are, whether answered or not.
    digest : int
        Alike for runs that are alike on every system, and for no others; 64 bits with a sign.
    """

    losses: bytes = b""
    missing: bytes = b""
    systems: int = 0
    files: int = 0
    digest: int = 0
