"""Frames: how a value is written to a socket or a file.

A frame is a 16-byte prefix (magic, header length, body length), a JSON header padded so that the
body starts on a multiple of 64, and the body: raw buffers, each padded to a multiple of 64.
The header is `{"value": node, "buffers": [length, ...]}`. A frame never carries code or pickles,
says its own length first, and is refused before anything is allocated when that is too long.
"""

from __future__ import annotations

import json
import mmap
import struct
from typing import Any, BinaryIO

from .errors import MalformedFrame, MissingLibrary, Unencodable
from .values import Reader, Writer

__all__ = [
    "FrameTooLarge",
    "MalformedFrame",
    "MissingLibrary",
    "Unencodable",
    "frame_parts",
    "frame_size",
    "read_frame",
    "read_value",
    "send_parts",
    "send_value",
    "write_value",
]

PREFIX = struct.Struct("<4sIQ")
MAGIC = b"VHF1"
ALIGNMENT = 64
# A header is parsed whole, and takes some twenty times its own size meanwhile.
MAX_HEADER_BYTES = 4 * 1024 * 1024

_MANY_PAGES = 256 * 1024
_MAP_POPULATE = 0x8000  # Linux'; Python has a name for it from 3.10 on.


class FrameTooLarge(Exception):
    """The frame is larger than its reader accepts."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"{size} bytes where at most {limit} are accepted")
        self.size = size
        self.limit = limit


def _padding(size: int) -> int:
    return -size % ALIGNMENT


def frame_parts(value: object) -> list[Any]:
    """Encode a value as the byte strings and memory views that make up its frame."""
    writer = Writer()
    node = writer.node(value)
    buffers = writer.buffers
    text = json.dumps(
        {"value": node, "buffers": [view.nbytes for view in buffers]}, separators=(",", ":")
    ).encode("ascii")
    if len(text) > MAX_HEADER_BYTES - ALIGNMENT:
        raise Unencodable(f"a value of more than {MAX_HEADER_BYTES >> 20} MiB outside its arrays")
    text += b" " * _padding(PREFIX.size + len(text))
    parts: list[Any] = []
    body = 0
    for view in buffers:
        pad = _padding(view.nbytes)
        parts += [view, b"\0" * pad]
        body += view.nbytes + pad
    return [PREFIX.pack(MAGIC, len(text), body) + text, *parts]


def write_value(file: BinaryIO, value: object) -> None:
    """Write one frame to a binary file.

    Raises
    ------
    Unencodable
        When the value holds something the wire does not carry; names its type.
    """
    for part in frame_parts(value):
        file.write(part)


def send_value(sock: Any, value: object) -> None:
    """Send one frame over a connected socket; raises `Unencodable` before anything is sent."""
    send_parts(sock, frame_parts(value))


def send_parts(sock: Any, parts: list[Any]) -> None:
    """Send a frame that `frame_parts` made."""
    if sum(memoryview(part).nbytes for part in parts) < 1 << 16:
        sock.sendall(b"".join(parts))
        return
    for part in parts:
        sock.sendall(part)


def frame_size(prefix: Any, limit: int) -> tuple[int, int]:
    """Header and body length that a 16-byte prefix announces.

    Raises
    ------
    MalformedFrame
        When it is not the start of a frame.
    FrameTooLarge
        When header and body together exceed `limit` bytes.
    """
    magic, header, body = PREFIX.unpack(prefix)
    if magic != MAGIC or (PREFIX.size + header) % ALIGNMENT or body % ALIGNMENT:
        raise MalformedFrame("not the start of a frame")
    if header > MAX_HEADER_BYTES or header + body > limit:
        raise FrameTooLarge(header + body, limit)
    return header, body


def _receive_exactly(sock: Any, view: memoryview) -> None:
    done = 0
    while done < len(view):
        count = sock.recv_into(view[done:])
        if not count:
            raise EOFError("the other end closed the connection")
        done += count


def read_frame(sock: Any, limit: int) -> object:
    """Receive one frame from a blocking socket and decode it; its arrays are writable.

    Raises `EOFError` when the other end closes, else as `frame_size` and `read_value`.
    """
    prefix = bytearray(PREFIX.size)
    _receive_exactly(sock, memoryview(prefix))
    header, body = frame_size(prefix, limit)
    frame = _memory(PREFIX.size + header + body)
    frame[: PREFIX.size] = prefix
    _receive_exactly(sock, frame[PREFIX.size :])
    return read_value(frame)


def _memory(size: int) -> memoryview:
    """Memory for one frame; when it is much, all pages at once, instead of a fault for each."""
    if size < _MANY_PAGES:
        return memoryview(bytearray(size))
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_POPULATE
    return memoryview(mmap.mmap(-1, size, flags=flags))


def read_value(buffer: Any) -> object:
    """Decode one whole frame; numeric arrays are views of `buffer`, not copies.

    Parameters
    ----------
    buffer : bytes, bytearray, mmap or memoryview
        A complete frame.

    Raises
    ------
    MalformedFrame
        When the frame is truncated, inconsistent, or names something unknown.
    """
    view = memoryview(buffer)
    if view.nbytes < PREFIX.size:
        raise MalformedFrame("shorter than a frame's prefix")
    header, body = frame_size(view[: PREFIX.size], view.nbytes)
    start = PREFIX.size + header
    if view.nbytes < start + body:
        raise MalformedFrame("shorter than it says")
    try:
        document = json.loads(bytes(view[PREFIX.size : start]))
        lengths = document["buffers"]
        node = document["value"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise MalformedFrame("the header is not what a frame's header is") from error
    return Reader(_slices(view[start : start + body], lengths)).value(node)


def _slices(body: memoryview, lengths: object) -> list[memoryview]:
    if not isinstance(lengths, list):
        raise MalformedFrame("the header lists no buffers")
    slices = []
    offset = 0
    for length in lengths:
        if type(length) is not int or length < 0 or offset + length > len(body):
            raise MalformedFrame("a buffer lies outside the body")
        slices.append(body[offset : offset + length])
        offset += length + _padding(length)
    return slices
