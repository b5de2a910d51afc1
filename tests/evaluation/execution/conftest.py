"""Algorithms written on the spot, and values sent to and fro."""

import textwrap
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from valhub.evaluation.closed_sentences import EVALUATE
from valhub.evaluation.execution.environments import Interpreter, find_interpreter
from valhub.evaluation.execution.guest import wire
from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.outcome import Outcome
from valhub.evaluation.execution.program import SUBMISSION, Program
from valhub.evaluation.execution.sandbox import Bind
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.execution.sandbox.interface import MIB
from valhub.evaluation.execution.script_run import ScriptOutcome, run_script

QUICK = CallLimits(
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
def own_python() -> Interpreter:
    return find_interpreter()


@pytest.fixture(scope="session")
def quick() -> CallLimits:
    """Limits that are reached soon."""
    return QUICK


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """Give a folder for `at_work.WAITS`: calls that see it wait until it holds a file `open`."""
    folder = tmp_path / "gate"
    folder.mkdir()
    return folder


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

    def make(source: str, limits: CallLimits = QUICK, **options: object) -> Host:
        binds = options.pop("binds", ())
        program = make_program(source, binds=binds)
        hosts.append(Host(host_sandbox, program, limits, **options))
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


@pytest.fixture
def write_main(tmp_path: Path, own_python: Interpreter) -> Callable[..., Program]:
    """Write one side of a script package; further arguments are the program's."""

    def write(name: str, source: str, function: str, **options: object) -> Program:
        root = tmp_path / name
        root.mkdir(exist_ok=True)
        (root / "main.py").write_text(textwrap.dedent(source))
        return Program(root, "submission.main", function, own_python, **options)

    return write


@pytest.fixture
def script(
    tmp_path: Path, host_sandbox: Bubblewrap, write_main: Callable[..., Program]
) -> Callable[..., ScriptOutcome]:
    """Run an evaluator over an algorithm, both written on the spot; the truth is `truth`."""

    def run(
        evaluate: str,
        predict: str,
        *,
        truth: str = "2\n4\n",
        reveal: bool = True,
        timeout_s: float = 5,
        total_s: float = 20,
        packages: tuple[Path | None, Path | None] = (None, None),
        cancel: threading.Event | None = None,
        gate: Path | None = None,
    ) -> ScriptOutcome:
        for name, text in {"test_data": "1\n2\n", "truth": truth}.items():
            (tmp_path / name).write_text(text)
        binds = tuple(Bind(tmp_path / name, f"/analysis/{name}") for name in ("test_data", "truth"))
        judge = write_main(
            "analysis", evaluate, "evaluate", binds=binds, packages=packages[0], who=EVALUATE
        )
        shown = (Bind(gate, "/gate"),) if gate else ()
        code = write_main("algorithm", predict, "predict", packages=packages[1], binds=shown)
        limits, long = (replace(QUICK, timeout_s=seconds) for seconds in (timeout_s, total_s))
        with (
            Host(host_sandbox, judge, long, cancel=cancel) as evaluator,
            Host(host_sandbox, code, limits, cancel=cancel) as algorithm,
        ):
            return run_script(
                evaluator,
                algorithm,
                test_data="/analysis/test_data",
                annotation="/analysis/truth",
                timeout_s=timeout_s,
                total_s=total_s,
                reveal=reveal,
            )

    return run
