"""Speaks to the host in frames of its own making, past the code that answers for it."""

import json
import os
import pickle
import socket
import struct
import sys
import time

_PREFIX = struct.Struct("<4sIQ")


def attack(kind):
    sock = _channel()
    for part in _KINDS[kind]():
        sock.sendall(part)
    os._exit(0)


def _node(value):
    """Encode what JSON has, as the wire writes it."""
    if isinstance(value, dict):
        return {"t": "dict", "v": [[key, _node(item)] for key, item in value.items()]}
    if isinstance(value, list):
        return {"t": "list", "v": [_node(item) for item in value]}
    return value


def _channel():
    frame = sys._getframe()
    while "channel" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["channel"]


def _frame(value, buffers=()):
    text = json.dumps({"value": value, "buffers": [len(b) for b in buffers]}).encode()
    text += b" " * (-(_PREFIX.size + len(text)) % 64)
    body = b"".join(buffer + bytes(-len(buffer) % 64) for buffer in buffers)
    return _PREFIX.pack(b"VHF1", len(text), len(body)) + text + body


def _answer(value):
    return _frame(_node({"kind": "answer", "value": value}))


def _error(**said):
    return _frame(_node({"kind": "raised", "error": said}))


class _Trap:
    def __reduce__(self):
        return os.system, ("touch /tmp/pickle-was-loaded",)


def _array_for_a_kind():
    array = {"t": "ndarray", "dtype": "|u1", "shape": [2], "b": 0}
    yield _frame({"t": "dict", "v": [["kind", array], ["value", 1]]}, [b"\0\0"])


def _rubbish_error():
    inside = "/algorithm/submission"
    names = (
        f"{inside}/\0",
        f"{inside}/{'a' * 300}",
        f"{inside}/../../etc/passwd",
        f"{inside}/\ud800",
    )
    places = [[name, 1] for name in names] + [[["nested"], 1], [f"{inside}/start.py", 10**9], 5]
    yield _error(type=5, base=[], message=["none"], traceback=7, places=places)


def _huge_error():
    text = "\x1b[2J\ud800" + "x" * 500_000
    yield _error(type=text, base="ValueError", message=text, traceback=text, places=[])


def _on_and_on():
    yield _answer(1)
    while True:
        pass


def _with_descriptors():
    sock, (reading, writing) = _channel(), os.pipe()
    whole = _answer(1)
    for byte in whole[:100]:
        socket.send_fds(sock, [bytes([byte])], [reading, writing])
    yield whole[100:]


def _drip():
    for byte in _answer(1):
        yield bytes([byte])
        time.sleep(0.2)


def _nothings():
    while True:
        yield _frame(None)


_KINDS = {
    "honest": lambda: [_answer(1)],
    "pickle": lambda: [pickle.dumps(_Trap()) + bytes(64)],
    "oversized": lambda: [_PREFIX.pack(b"VHF1", 48, 1 << 46)],
    "long header": lambda: [_PREFIX.pack(b"VHF1", 0xFFFFFFF0, 0)],
    "truncated": lambda: [_answer(1)[:-1]],
    "malformed": lambda: [_PREFIX.pack(b"VHF1", 48, 0) + b"{" * 48],
    "deep": lambda: [_PREFIX.pack(b"VHF1", 1048560, 0) + b"[" * 1048560],
    "twice": lambda: [_answer(1), _answer(2)],
    "array for a kind": _array_for_a_kind,
    "rubbish error": _rubbish_error,
    "huge error": _huge_error,
    "on and on": _on_and_on,
    "descriptors": _with_descriptors,
    "slow": _drip,
    "nothings": _nothings,
}
