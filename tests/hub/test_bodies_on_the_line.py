"""What a running hub answers to bodies in every framing, byte for byte on the line."""

import gzip
import json
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest

from valhub.client.local_hub import LocalHub

PASSWORD = "correct horse battery staple"
JSON, MULTIPART = "application/json", "multipart/form-data; boundary=cut"


def exchange(hub: LocalHub, head: str, body: bytes, version: str = "1.1") -> tuple[int, bytes]:
    """Send a request as it is written, and read until the hub closes the line."""
    address = urlsplit(hub.address)
    lines = f"POST /register HTTP/{version}\r\nHost: {address.netloc}\r\nConnection: close\r\n"
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=120) as line:
        line.sendall(f"{lines}{head}\r\n".encode() + body)
        line.shutdown(socket.SHUT_WR)
        answer = line.makefile("rb").read()
    return int(answer.split(b" ", 2)[1]), answer


def fields(name: str) -> Mapping[str, str]:
    return {"username": name, "email": f"{name}@example.org", "password": PASSWORD}


def written(kind: str, name: str) -> bytes:
    if kind == JSON:
        return json.dumps(fields(name)).encode()
    part = '--cut\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    return ("".join(part.format(*one) for one in fields(name).items()) + "--cut--\r\n").encode()


def in_chunks(body: bytes) -> bytes:
    pieces = (body[start : start + 7] for start in range(0, len(body), 7))
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize("kind", [JSON, MULTIPART])
def test_only_a_body_of_known_length_is_read(busy_hub: LocalHub, fresh_name, kind: str) -> None:
    body = written(kind, fresh_name())
    packed = gzip.compress(body)
    typed, length = f"Content-Type: {kind}\r\n", "Content-Length: {}\r\n"
    chunked = f"{typed}Transfer-Encoding: chunked\r\n"
    compressed = f"{typed}Content-Encoding: gzip\r\n"
    asked = {
        "chunked": exchange(busy_hub, chunked, in_chunks(body)),
        "chunked, compressed": exchange(
            busy_hub, f"{chunked}Content-Encoding: gzip\r\n", in_chunks(packed)
        ),
        "compressed": exchange(busy_hub, compressed + length.format(len(packed)), packed),
        "no length": exchange(busy_hub, typed, b""),
        "HTTP/1.0, no length": exchange(busy_hub, typed, body, "1.0"),
        "HTTP/1.0, no length, no type": exchange(busy_hub, "", body, "1.0"),
    }
    assert {name: status for name, (status, _) in asked.items()} == {
        "chunked": 411,
        "chunked, compressed": 411,
        "compressed": 415,
        "no length": 411,
        "HTTP/1.0, no length": 411,
        "HTTP/1.0, no length, no type": 411,
    }
    # Nothing of them was read: the name is still free, and a body of known length takes it.
    for version, expected in (("1.0", 200), ("1.1", 409)):
        head = typed + length.format(len(body))
        assert exchange(busy_hub, head, body, version)[0] == expected


def test_hub_answers_a_broken_framing_with_a_refusal(busy_hub: LocalHub) -> None:
    broken = {
        "no chunk": ("Transfer-Encoding: chunked\r\n", b"zz\r\n"),
        "cut chunk": ("Transfer-Encoding: chunked\r\n", b"20\r\n{}"),
        "two lengths": ("Content-Length: 2\r\nContent-Length: 3\r\n", b"{}"),
        "length and chunks": ("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
        "negative length": ("Content-Length: -2\r\n", b"{}"),
    }
    typed = f"Content-Type: {JSON}\r\n"
    told = {
        name: exchange(busy_hub, typed + head, body)[0] for name, (head, body) in broken.items()
    }
    assert {name: status // 100 for name, status in told.items()} == dict.fromkeys(broken, 4)
