"""Tries every family and kind of socket: raw, packet, netlink, vsock, AF_ALG and all others."""

import socket

_KINDS = (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET)


def attack():
    return [family for family in range(64) if any(_opens(family, kind) for kind in _KINDS)]


def _opens(family, kind):
    try:
        socket.socket(family, kind).close()
    except OSError:
        return False
    return True
