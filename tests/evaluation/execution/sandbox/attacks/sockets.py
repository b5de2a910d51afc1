"""Tries to reach anybody outside: by network, by name, by Unix sockets."""

import socket

from attempts import outcome

_QUESTION = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04host\x04test\x00\x00\x01\x00\x01"


def attack(places):
    return {
        "tcp": outcome(_connect, socket.AF_INET, ("127.0.0.1", places["tcp"])),
        "ipv6": outcome(_connect, socket.AF_INET6, ("::1", places["ipv6"])),
        "dns": outcome(_ask, ("127.0.0.1", places["udp"])),
        "unix": outcome(_connect, socket.AF_UNIX, places["unix"]),
        "abstract": outcome(_connect, socket.AF_UNIX, "\0" + places["abstract"]),
    }


def _connect(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(2)
        sock.connect(address)


def _ask(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(2)
        sock.connect(address)
        sock.send(_QUESTION)
        sock.recv(512)
