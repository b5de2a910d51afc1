"""Passes what it has seen on to a later call: by a pipe that is older than both of them."""

import os

_READING, _WRITING = os.pipe()
os.set_blocking(_READING, False)


def predict(request):
    what, text = request
    if what == "tell":
        os.write(_WRITING, text.encode())
        return "told"
    try:
        return os.read(_READING, 1000).decode()
    except BlockingIOError:
        return ""
