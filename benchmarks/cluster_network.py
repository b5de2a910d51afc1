"""Machines of a benchmark: network name spaces with host names, joined to this machine by cables.

Each reaches nothing but the ports of this machine's own address that are forwarded to it. Needs
root, and iproute2.
"""

import asyncio
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from processes import finished

NETWORK = "10.213"


@contextmanager
def machine(number: int, ports: Iterable[int]) -> Iterator[tuple[str, list[str]]]:
    """Make a machine; gives the address at which it finds this one, and how its programs begin."""
    name, here = f"valhub{number}", f"{NETWORK}.{number}.1"
    with ExitStack() as stack:
        _ip(f"netns add {name}")
        stack.callback(_ip, f"netns del {name}")
        _ip(f"link add {name} type veth peer name there netns {name}")
        _ip(f"addr add {here}/30 dev {name}")
        _ip(f"link set {name} up")
        _ip(f"-n {name} addr add {NETWORK}.{number}.2/30 dev there")
        _ip(f"-n {name} link set there up")
        _ip(f"-n {name} link set lo up")
        stack.enter_context(_forwarded(here, ports))
        rename = 'hostname "$0" && exec "$@"'
        yield here, ["ip", "netns", "exec", name, "unshare", "--uts", "sh", "-c", rename, name]


def _ip(words: str) -> None:
    finished(["ip", *words.split()])


@contextmanager
def _forwarded(address: str, ports: Iterable[int]) -> Iterator[None]:
    """Let whoever asks at an address reach this machine's own ports."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> list[asyncio.Server]:
        return [await _listener(address, port) for port in ports]

    servers = asyncio.run_coroutine_threadsafe(listen(), loop).result()
    try:
        yield
    finally:
        for server in servers:
            loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _listener(address: str, port: int) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer))

    return await asyncio.start_server(serve, address, port)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while some := await reader.read(65536):
            writer.write(some)
            await writer.drain()
    except ConnectionError:
        # The other direction sees it too.
        return
    finally:
        writer.close()
