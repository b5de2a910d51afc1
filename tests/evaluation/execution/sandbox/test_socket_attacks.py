"""There is nobody to talk to: no network, no names, no Unix sockets, no other kind of socket."""

import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def places() -> Iterator[dict[str, Any]]:
    """Servers of this machine, each of which would answer."""
    with ExitStack() as stack:
        folder = Path(f"/tmp/sockets-{secrets.token_hex(8)}")
        folder.mkdir(mode=0o755)
        stack.callback(folder.rmdir)
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        ipv6 = stack.enter_context(socket.create_server(("::1", 0), family=socket.AF_INET6))
        udp = stack.enter_context(_name_server())
        unix, abstract = str(folder / "server"), f"server-{secrets.token_hex(8)}"
        for address in (unix, f"\0{abstract}"):
            server = stack.enter_context(socket.socket(socket.AF_UNIX))
            server.bind(address)
            server.listen()
        stack.callback(os.unlink, unix)
        ports = {name: server.getsockname()[1] for name, server in
                 (("tcp", tcp), ("ipv6", ipv6), ("udp", udp))}  # fmt: skip
        yield {**ports, "unix": unix, "abstract": abstract}


def _name_server() -> socket.socket:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.settimeout(5)
    threading.Thread(target=_answer_one, args=(server.dup(),), daemon=True).start()
    return server


def _answer_one(server: socket.socket) -> None:
    with server:
        try:
            server.sendto(*server.recvfrom(512))
        except TimeoutError:
            return


def test_nobody_can_be_reached_from_inside(target, places):
    refused = dict.fromkeys(("tcp", "ipv6", "dns"), "EAFNOSUPPORT")
    reached = target.answer("sockets", places)
    assert reached == {**refused, "unix": "ENOENT", "abstract": "ECONNREFUSED"}


def test_control_bare_code_reaches_everybody(bare, places):
    assert set(bare("sockets", places).values()) == {"done"}


def test_a_sandbox_with_loopback_has_one_of_its_own(sandbox, run_inside, places):
    reached = run_inside(sandbox, "sockets", places, loopback=True)
    assert reached["tcp"] == reached["ipv6"] == reached["abstract"] == "ECONNREFUSED"
    assert (reached["dns"], reached["unix"]) == ("ECONNREFUSED", "ENOENT")


def test_no_family_of_sockets_opens_inside_but_unix(target):
    assert target.answer("families") == [socket.AF_UNIX]


def test_control_bare_code_opens_other_families(bare):
    assert {socket.AF_UNIX, socket.AF_INET, socket.AF_NETLINK} < set(bare("families"))
