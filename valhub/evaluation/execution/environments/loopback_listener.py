"""Inside the sandbox: listen on its own loopback, pass the listening socket out, become uv.

The sandbox has no way out, so the package index has to come in: this script passes a socket
that listens inside to the process outside, which answers on it. It is run by path, by the
sandbox's interpreter, and therefore imports the standard library only.

Arguments: descriptor of the Unix socket to pass through, port, then the program to become.
"""

import os
import socket
import sys


def main(arguments: list[str]) -> None:
    """Listen, pass the socket out, and replace this process by the program."""
    with (
        socket.socket(fileno=int(arguments[0])) as outside,
        socket.create_server(("127.0.0.1", int(arguments[1])), backlog=128) as listener,
    ):
        socket.send_fds(outside, [b"listening"], [listener.fileno()])
    os.execv(arguments[2], arguments[2:])  # noqa: S606 - there is no shell to pass by


if __name__ == "__main__":
    main(sys.argv[1:])
