"""Whether the client of a request is still there, as far as its socket shows."""

import socket

from django.http import HttpRequest

# Where gunicorn puts it.
_SOCKET = "gunicorn.socket"


def has_left(request: HttpRequest) -> bool:
    """Whether the client has closed its connection; False where nothing shows it."""
    connection = request.META.get(_SOCKET)
    if not isinstance(connection, socket.socket):
        return False
    try:
        return not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
