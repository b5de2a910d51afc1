"""A sandbox and a host to attack, the same attacks bare, and the check that nothing is left."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from services.tied import tied
from tests.evaluation.execution.sandbox.weakened import Weakened
from valhub.evaluation.execution.environments import (
    EnvironmentStore,
    Interpreter,
    find_interpreter,
)
from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.outcome import Outcome
from valhub.evaluation.execution.program import Program
from valhub.evaluation.execution.sandbox import Bind, Command, SandboxLimits, cgroups
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.execution.sandbox.interface import MIB

# Short for what only the time limit ends, and long for what is honest on a busy machine.
SMALL = CallLimits(timeout_s=4.0, memory_bytes=128 * MIB, import_s=20.0, log_bytes=16 * MIB)
_GONE_WITHIN_S = 30.0

# Only root has another account to try; not everybody may make control groups.
collect_ignore = [
    *([] if os.getuid() == 0 else ["test_as_plain_account.py"]),
    *([] if cgroups.detect() else ["test_cgroups_of_the_kernel.py"]),
]


@dataclass(frozen=True)
class Target:
    """A host that runs attacks as its algorithm."""

    host: Host

    def attack(self, *request: Any, reveal: bool = True) -> Outcome:
        value = {"kind": "predict", "value": list(request)}
        return self.host.call(value, reveal=reveal)

    def answer(self, *request: Any) -> Any:
        outcome = self.attack(*request)
        assert outcome.failure is None, outcome
        return outcome.answer

    def check_unharmed(self) -> None:
        """The next call scores, and costs, as if nothing had happened."""
        began = time.monotonic()
        outcome = self.attack("honest")
        assert (outcome.answer, outcome.failure, outcome.logs) == (499500, None, "")
        assert 0 < outcome.cost.wall_s <= time.monotonic() - began
        # A plain user has no control groups, which alone measure processor time.
        assert outcome.cost.cpu_s is None or outcome.cost.cpu_s < 0.5
        assert outcome.cost.peak_memory_bytes < 80 * MIB
        assert self.answer("hiding", "look") == []


@pytest.fixture(scope="session")
def interpreter() -> Interpreter:
    return find_interpreter()


@pytest.fixture(scope="session")
def attacks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The attacks' code, at a path that no other process knows, for anybody to write in."""
    folder = tmp_path_factory.mktemp("attacks") / f"session-{os.getpid()}"
    source = Path(__file__).with_name("attacks")
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (folder, *folder.iterdir()):
        path.chmod(0o777)
    return folder


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Bubblewrap]:
    with Bubblewrap.open() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def plotting(host_sandbox: Bubblewrap, interpreter: Interpreter) -> Iterator[Path]:
    """Packages with matplotlib: another account's, when it hands them on, else our own."""
    if handed_on := os.environ.get("PLOTTING_OF_TEST"):
        yield Path(handed_on)
        return
    with tempfile.TemporaryDirectory(prefix="plotting-") as folder:
        Path(folder).chmod(0o755)
        store = EnvironmentStore(Path(folder), host_sandbox)
        yield store.environment(["matplotlib"], python=interpreter).path


@pytest.fixture
def weakened() -> Iterator[Weakened]:
    """A sandbox of which a test takes a protection away."""
    with Weakened.open() as sandbox:
        yield sandbox


@pytest.fixture
def make_target(sandbox: Bubblewrap, attacks: Path, interpreter: Interpreter) -> Callable[..., Any]:
    @contextmanager
    def make(
        module: str = "start",
        within: Bubblewrap = sandbox,
        packages: Path | None = None,
        **limits: Any,
    ) -> Iterator[Target]:
        name = f"submission.{module}"
        program = Program(attacks, name, "predict", interpreter, packages=packages)
        with Host(within, program, replace(SMALL, **limits)) as host:
            yield Target(host)
        check_nothing_left(within, attacks)

    return make


@pytest.fixture
def target(make_target: Callable[..., Any]) -> Iterator[Target]:
    """A target that must be unharmed after whatever the test did to it."""
    with make_target() as target:
        yield target
        target.check_unharmed()


@pytest.fixture
def run_inside(attacks: Path, interpreter: Interpreter) -> Callable[..., Any]:
    """Run one attack as a command of its own in a sandbox; returns what it returns."""

    def run(within: Bubblewrap, *request: Any, loopback: bool = False, **limits: Any) -> Any:
        argv = [str(interpreter.executable), "-I", "-S", "-B", "/attacks/start.py"]
        command = Command(
            argv=[*argv, json.dumps(request)],
            binds=[Bind(attacks, "/attacks")],
            limits=replace(SandboxLimits(), **limits),
            interpreter=interpreter.prefix,
            loopback=loopback,
        )
        with within.start(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            with os.fdopen(os.dup(process.stdout), "rb") as file:
                text = file.read()
        check_nothing_left(within, attacks)
        return json.loads(text)

    return run


@pytest.fixture
def bare(attacks: Path, interpreter: Interpreter) -> Callable[..., Any]:
    """Run one attack with nothing around it; returns what it returns."""

    def run(*request: Any, **options: Any) -> Any:
        argv = [interpreter.executable, "-I", "-S", "-B", attacks / "start.py"]
        command = [*argv, json.dumps(request)]
        done = subprocess.run(command, stdout=subprocess.PIPE, timeout=240, check=True, **options)
        return json.loads(done.stdout)

    return run


@pytest.fixture
def bare_process(attacks: Path, interpreter: Interpreter) -> Callable[..., Any]:
    """Start one attack with nothing around it."""

    def start(*request: Any) -> "subprocess.Popen[bytes]":
        argv = [interpreter.executable, "-I", "-S", "-B", attacks / "start.py"]
        return tied(subprocess.Popen([*argv, json.dumps(request)], stdout=subprocess.PIPE))

    return start


@pytest.fixture
def bystander() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that has nothing to do with it."""
    with tied(subprocess.Popen(["sleep", "60"])) as process:
        yield process
        process.kill()


@pytest.fixture(name="processes_that_see", scope="session")
def processes_that_see_fixture() -> Callable[[Path], list[int]]:
    return processes_that_see


def check_nothing_left(sandbox: Bubblewrap, attacks: Path) -> None:
    """No process that sees the attacks' folder, so no mount of it; no control group."""
    deadline = time.monotonic() + _GONE_WITHIN_S
    while time.monotonic() < deadline and processes_that_see(attacks):
        time.sleep(0.01)
    assert [described(pid) for pid in processes_that_see(attacks)] == []
    assert groups_of(sandbox) == []


def groups_of(sandbox: Bubblewrap) -> list[Path]:
    """Control groups that belong to a sandbox's run."""
    trees = sandbox.hierarchy.parents if sandbox.hierarchy else ()
    return [group for tree in trees for group in tree.glob(f"{sandbox.rundir.name}-*")]


def processes_that_see(folder: Path) -> list[int]:
    """Ids of processes in whose mounts a folder has a place of its own, or are to have one."""
    name = folder.name.encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(name in (process / part).read_bytes() for part in ("mountinfo", "cmdline")):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def described(pid: int) -> str:
    """What a failed test tells of a process that should be gone."""
    folder = Path(f"/proc/{pid}")
    words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return f"{words}: {(folder / 'status').read_text()}"
