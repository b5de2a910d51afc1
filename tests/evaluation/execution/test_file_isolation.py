"""What an algorithm can carry from one file to the next in one sandbox, and cannot into another."""

from collections.abc import Callable

import pytest

from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.outcome import Outcome
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap

Ask = Callable[..., Outcome]
MakeHost = Callable[..., Host]

# Each answers what it finds of the call before, and leaves its own data for the next.
CARRIERS = {
    "shared memory made at import": """
import mmap
memory = mmap.mmap(-1, 4096)

def f(data):
    found = memory[0]
    memory[0] = data
    return found
""",
    "a pipe made at import": """
import os
reading, writing = os.pipe()
os.set_blocking(reading, False)

def f(data):
    try:
        found = os.read(reading, 1)[0]
    except BlockingIOError:
        found = 0
    os.write(writing, bytes([data]))
    return found
""",
    "a hook that runs before each fork": """
import os
reading, writing = os.pipe()
os.set_blocking(reading, False)
found = [0]

def collect():
    try:
        found.append(os.read(reading, 1)[0])
    except BlockingIOError:
        pass

os.register_at_fork(before=collect)

def f(data):
    os.write(writing, bytes([data]))
    return found[-1]
""",
    "a file that a hook writes": """
import os, pathlib
reading, writing = os.pipe()
os.set_blocking(reading, False)
path = pathlib.Path("/tmp/seen")

def write():
    try:
        path.write_bytes(os.read(reading, 1))
    except BlockingIOError:
        pass

os.register_at_fork(before=write)

def f(data):
    os.write(writing, bytes([data]))
    return path.read_bytes()[0] if path.exists() else 0
""",
    "modules that the next call finds imported": """
import sys

NAMES = ["wave", "colorsys", "cmd", "sched", "netrc", "plistlib", "fileinput", "rlcompleter"]

def f(data):
    found = sum(1 << bit for bit, name in enumerate(NAMES) if name in sys.modules)
    for bit, name in enumerate(NAMES):
        if data >> bit & 1:
            __import__(name)
    return found
""",
    "a server in the process that forks": """
import os, socket, threading
ADDRESS = "\\0keeper"
listeners, threads = [], []

def serve():
    kept = b"\\0"
    while True:
        connection, _ = listeners[0].accept()
        with connection:
            connection.sendall(kept)
            kept = connection.recv(1)

# The first call connects at once, so there is a listener before it is forked.
def listen():
    if not listeners:
        listeners.append(socket.socket(socket.AF_UNIX))
        listeners[0].bind(ADDRESS)
        listeners[0].listen()

def start():
    if not threads:
        threads.append(threading.Thread(target=serve, daemon=True))
        threads[0].start()

os.register_at_fork(before=listen)
os.register_at_fork(after_in_parent=start)

def f(data):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(ADDRESS)
        found = connection.recv(1)[0]
        connection.sendall(bytes([data]))
        return found
""",
}
# These do not even outlive their call in one sandbox.
GONE = {
    "a file": """
import pathlib
PATHS = [pathlib.Path(folder, "seen") for folder in ("/tmp", "/scratch", "/dev/shm")]

def f(data):
    found = [path.exists() for path in PATHS]
    for path in PATHS:
        path.write_text("seen")
    return sum(found)
""",
    "a process": """
import os, socket, time
ADDRESS = "\\0left"

def f(data):
    with socket.socket(socket.AF_UNIX) as connection:
        found = connection.connect_ex(ADDRESS) == 0
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(ADDRESS)
        listener.listen()
        os.write(writing, b"1")
        time.sleep(60)
    os.read(reading, 1)
    return int(found)
""",
}


def answers(host: Host, ask: Ask, values: tuple[int, ...]) -> list[object]:
    outcomes = [ask(host, value, reveal=False) for value in values]
    assert [one.failure for one in outcomes] == [None] * len(values)
    return [one.answer for one in outcomes]


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_run_in_one_sandbox_can_carry_data_from_file_to_file(
    make_host: MakeHost, ask: Ask, carrier: str
) -> None:
    """The control: it is what the guides say, and why a package can ask for isolation."""
    assert answers(make_host(CARRIERS[carrier]), ask, (5, 5, 5)) == [0, 5, 5]


@pytest.mark.parametrize("carrier", [*CARRIERS, *GONE])
def test_isolated_files_find_nothing_of_each_other(
    make_host: MakeHost, ask: Ask, carrier: str
) -> None:
    source = (CARRIERS | GONE)[carrier]
    assert answers(make_host(source, isolated=True), ask, (5, 6, 7)) == [0, 0, 0]


@pytest.mark.parametrize("carrier", GONE)
def test_files_and_processes_of_a_call_end_with_it_in_one_sandbox_too(
    make_host: MakeHost, ask: Ask, carrier: str
) -> None:
    assert answers(make_host(GONE[carrier]), ask, (5, 6, 7)) == [0, 0, 0]


@pytest.mark.parametrize(("isolated", "sandboxes"), [(False, 1), (True, 3)])
def test_isolated_files_have_a_sandbox_each(
    make_host: MakeHost,
    ask: Ask,
    monkeypatch: pytest.MonkeyPatch,
    isolated: bool,
    sandboxes: int,
) -> None:
    starts: list[object] = []
    start = Bubblewrap.start

    def counted(sandbox: Bubblewrap, *args: object, **options: object) -> object:
        starts.append(args)
        return start(sandbox, *args, **options)

    monkeypatch.setattr(Bubblewrap, "start", counted)
    host = make_host(
        "import time\nbegan = time.monotonic()\ndef f(data): return began", isolated=isolated
    )
    assert len(set(answers(host, ask, (1, 2, 3)))) == sandboxes
    assert len(starts) == sandboxes
