"""The bytes of one archive member, unpacked in small pieces and held to what was claimed.

Python's own reader stops quietly at the claimed size; this one also refuses what claims too much,
too little, or hides bytes behind its end.
"""

import os
import zlib
from collections.abc import Iterator
from typing import IO

from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.packages.files.zip_directory import Member

_CHUNK = 256 * 1024


class DamagedMember(EvaluationError):
    """The member's bytes are not what the archive claims; the message says how."""

    code = "damaged-member"


def contents(file: IO[bytes], member: Member) -> Iterator[bytes]:
    """Yield a member's unpacked bytes.

    Parameters
    ----------
    file : binary file
        The whole archive, on the disk; others may read it meanwhile.
    member : Member
        From `read_members` of the same file.

    Raises
    ------
    DamagedMember
        When size, checksum or packing are not as claimed. At most the claimed number of bytes has
        been yielded by then.
    """
    count, crc = 0, 0
    packed = _packed(file, member)
    for piece in _inflated(packed) if member.deflated else packed:
        count += len(piece)
        if count > member.size:
            raise DamagedMember(f"It is larger than the {member.size:,} bytes it claims.")
        crc = zlib.crc32(piece, crc)
        yield piece
    if count != member.size:
        raise DamagedMember(f"It has {count:,} bytes but claims {member.size:,}.")
    if crc != member.crc:
        raise DamagedMember("Its checksum is wrong.")


def _packed(file: IO[bytes], member: Member) -> Iterator[bytes]:
    # At a place of its own, so that several members can be read at once.
    start = member.start
    while start < member.end:
        chunk = os.pread(file.fileno(), min(_CHUNK, member.end - start), start)
        if not chunk:
            raise DamagedMember("It is truncated.")
        start += len(chunk)
        yield chunk


def _inflated(packed: Iterator[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for chunk in packed:
            while chunk:
                yield inflater.decompress(chunk, _CHUNK)
                chunk = inflater.unconsumed_tail
                if inflater.unused_data:
                    raise DamagedMember("It hides bytes after its end.")
        while not inflater.eof:
            piece = inflater.decompress(b"", _CHUNK)
            if not piece and not inflater.eof:
                raise DamagedMember("It is truncated.")
            yield piece
    except zlib.error as error:
        raise DamagedMember("Its compressed bytes are broken.") from error
