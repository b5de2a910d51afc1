"""One sandbox for the session, algorithms written on the spot, and values sent to and fro."""

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from valhub.evaluation.execution.environments import Interpreter, find_interpreter
from valhub.evaluation.execution.guest import wire
from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import Limits
from valhub.evaluation.execution.outcome import Outcome
from valhub.evaluation.execution.program import SUBMISSION, Program
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.execution.sandbox.interface import MIB

QUICK = Limits(
    timeout_s=5,
    memory_bytes=192 * MIB,
    output_bytes=4 * MIB,
    import_s=5,
    log_bytes=2 * MIB,
    kept_log_bytes=1000,
)


def across(value: object) -> object:
    """Send a value through a frame."""
    return wire.read_value(bytearray(b"".join(map(bytes, wire.frame_parts(value)))))


@pytest.fixture(scope="session")
def roundtrip() -> Callable[[object], object]:
    return across


@pytest.fixture(scope="session")
def host_sandbox() -> Iterator[Bubblewrap]:
    with Bubblewrap.open() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def own_python() -> Interpreter:
    return find_interpreter()


@pytest.fixture(scope="session")
def quick() -> Limits:
    """Limits that are reached soon."""
    return QUICK


@pytest.fixture
def make_program(tmp_path: Path, own_python: Interpreter) -> Callable[..., Program]:
    """Write an algorithm whose function is `f`; further arguments are the program's."""

    def make(source: str, **options: object) -> Program:
        root = tmp_path / "code"
        root.mkdir(exist_ok=True)
        (root / "submission_wrapper.py").write_text(textwrap.dedent(source))
        options = {"interpreter": own_python, "function": "f", **options}
        return Program(root, f"{SUBMISSION}.submission_wrapper", **options)

    return make


@pytest.fixture
def make_host(
    make_program: Callable[..., Program], host_sandbox: Bubblewrap
) -> Iterator[Callable[..., Host]]:
    """Make hosts of algorithms written on the spot; they are closed after the test."""
    hosts = []

    def make(source: str, limits: Limits = QUICK, **options: object) -> Host:
        hosts.append(Host(host_sandbox, make_program(source), limits, **options))
        return hosts[-1]

    yield make
    for host in hosts:
        host.close()


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., Outcome]:
    """Call a host with data and keyword arguments, as a task package does."""

    def call(
        host: Host, data: object = None, *, reveal: bool = True, **keywords: object
    ) -> Outcome:
        path = tmp_path / "data.frame"
        with path.open("wb") as file:
            wire.write_value(file, data)
        return host.call({"kind": "call", "keywords": keywords}, path, reveal=reveal)

    return call
