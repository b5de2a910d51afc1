"""Real environments from local wheels: made once, kept, shared, removed."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import uv

from error_codes import coded
from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.execution.environments import (
    Environment,
    EnvironmentNotReady,
    EnvironmentStore,
    EnvironmentTooLarge,
    InstallCancelled,
    InstallFailed,
    InstallLimits,
    InstallTimeout,
    Interpreter,
    InvalidRequirements,
    LockPolicy,
    NoPackageIndex,
    NoRoom,
    PackageIndex,
    UnresolvableRequirements,
    configured_package_index,
    find_interpreter,
    store_name,
    uv_process,
)
from valhub.evaluation.execution.environments.build_context import BuildContext
from valhub.evaluation.execution.environments.installer import install, resolve
from valhub.evaluation.execution.environments.step_clock import StepClock
from valhub.evaluation.execution.sandbox import Bind, Command
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap

Make = Callable[..., Any]
EVIL = (
    "import pathlib; print('pth ran');"
    " pathlib.Path('/build').is_dir() and pathlib.Path('/build/cache/pth-ran').touch()\n"
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def everything_in(folder: Path) -> str:
    """All names and contents of a tree."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return "".join(f"{path}\n{path.read_bytes()!r}\n" for path in files)


def test_packages_with_what_they_require_are_installed_read_only(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, make_store: Make, python: Interpreter
) -> None:
    make_wheel(wheels, "alpha", requires=("beta>=1",))
    make_wheel(wheels, "beta")
    environment = make_store(wheel_index).environment(["alpha"], python=python)
    modules = [environment.path / name for name in ("alpha.py", "beta.py")]
    assert [module.stat().st_mode & 0o777 for module in modules] == [0o444, 0o444]


@pytest.fixture
def run_inside(installer_sandbox: Bubblewrap, tmp_path: Path) -> Callable[[Environment, str], str]:
    """Run code with an environment's packages in a sandbox; returns what it printed."""

    def run(environment: Environment, code: str) -> str:
        python = environment.python
        program = f"import site; site.addsitedir('/env'); {code}"
        argv = [str(python.executable), "-I", "-S", "-c", program]
        command = Command(argv, (Bind(environment.path, "/env"),), interpreter=python.prefix)
        with (
            (tmp_path / "out").open("wb") as out,
            installer_sandbox.start(command, stdout=out.fileno()) as process,
        ):
            assert process.wait(240) == 0
        return (tmp_path / "out").read_text()

    return run


def test_a_made_environment_imports_in_a_sandbox(
    wheels: Path,
    wheel_index: PackageIndex,
    make_wheel: Make,
    make_store: Make,
    python: Interpreter,
    run_inside: Make,
) -> None:
    make_wheel(wheels, "alpha", "1.5")
    environment = make_store(wheel_index).environment(["alpha"], python=python)
    assert run_inside(environment, "import alpha; print(alpha.version)") == "1.5\n"


def test_the_installer_sees_no_secret_and_no_network_of_this_machine(
    wheel_index: PackageIndex,
    make_store: Make,
    python: Interpreter,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    spy = tmp_path / "uv"
    look = "cat /proc/*/environ /proc/net/dev; ls -A /root /home /etc"
    spy.write_text(f"#!/bin/sh\nmkdir -p /build/cache\n({look}) >/build/cache/seen; exit 0")
    spy.chmod(0o755)
    monkeypatch.setattr(uv, "find_uv_bin", lambda: str(spy))
    monkeypatch.setenv("SECRET_TOKEN", "t0psecret")
    make_store(wheel_index).environment(["alpha"], python=python)
    seen = (tmp_path / "store/build/cache/seen").read_bytes()
    assert b"UV_NO_CONFIG=1" in seen  # the look around did see something
    assert re.findall(rb"(\w+): +\d", seen) == [b"lo"]
    assert not any(word in seen for word in (b"t0psecret", b"SECRET", b"pip.conf", b"shadow"))


def test_a_wheel_that_is_not_the_locked_one_is_refused(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, make_store: Make, python: Interpreter
) -> None:
    make_wheel(wheels, "alpha")
    store = make_store(wheel_index)
    store.environment(["alpha"], python=python)
    store.prune(0)
    make_wheel(wheels, "alpha", files={"alpha.py": "changed = True\n"})
    with pytest.raises(InstallFailed, match=r"(?i)hash"):
        store.environment(["alpha"], python=python)


def test_a_lock_without_hashes_installs_nothing(
    wheels: Path,
    wheel_index: PackageIndex,
    make_wheel: Make,
    installer_sandbox: Bubblewrap,
    python: Interpreter,
    tmp_path: Path,
) -> None:
    make_wheel(wheels, "alpha")
    for folder in ("cache", "building/one"):
        (tmp_path / "build" / folder).mkdir(parents=True)
    build = BuildContext(installer_sandbox, tmp_path / "build", python)
    with pytest.raises(InstallFailed, match=r"(?i)hash"):
        install(build, wheel_index, "alpha==1.0\n", name="one")
    install(build, wheel_index, resolve(build, wheel_index, ["alpha"]).text, name="one")
    assert (tmp_path / "build/building/one/site-packages/alpha.py").is_file()


def test_modules_are_compiled_but_tests_are_not(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, make_store: Make, python: Interpreter
) -> None:
    make_wheel(wheels, "alpha", files={"alpha/__init__.py": "", "alpha/tests/test_a.py": ""})
    path = make_store(wheel_index).environment(["alpha"], python=python).path
    compiled = [file.relative_to(path).parts[:-1] for file in path.rglob("*.pyc")]
    assert compiled == [("alpha", "__pycache__")]


def test_a_module_that_does_not_compile_is_no_obstacle(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, make_store: Make, python: Interpreter
) -> None:
    make_wheel(wheels, "alpha", files={"alpha.py": "print 'Python 2'\n"})
    told: list[str] = []
    make_store(wheel_index).environment(["alpha"], python=python, log=told.append)
    assert told[0] == "Resolving 1 requirement."
    assert "could not be compiled" in told[-1]


def test_what_starts_with_an_interpreter_does_not_run_while_installing(
    wheels: Path,
    wheel_index: PackageIndex,
    make_wheel: Make,
    make_store: Make,
    python: Interpreter,
    run_inside: Make,
    tmp_path: Path,
) -> None:
    make_wheel(wheels, "evil", files={"evil.pth": EVIL, "sitecustomize.py": EVIL, "evil.py": ""})
    environment = make_store(wheel_index).environment(["evil"], python=python)
    assert not (tmp_path / "store/build/cache/pth-ran").exists()
    # Where the environment is used it does run: the file is as evil as it was meant to be.
    assert run_inside(environment, "import evil") == "pth ran\n"


def test_a_package_without_a_wheel_is_refused_and_its_setup_never_runs(
    wheels: Path,
    wheel_index: PackageIndex,
    make_sdist: Make,
    make_store: Make,
    python: Interpreter,
    tmp_path: Path,
) -> None:
    make_sdist(wheels, "sourced")
    with pytest.raises(UnresolvableRequirements, match="no usable wheels"):
        make_store(wheel_index).environment(["sourced"], python=python)
    assert not (tmp_path / "store/build/cache/ran-setup-py").exists()


@pytest.mark.parametrize("line", ["alpha==9", "unknown-project"])
def test_what_cannot_be_resolved_is_explained(
    line: str,
    wheels: Path,
    wheel_index: PackageIndex,
    make_wheel: Make,
    make_store: Make,
    python: Interpreter,
) -> None:
    make_wheel(wheels, "alpha")
    with pytest.raises(UnresolvableRequirements, match=line.partition("=")[0]) as caught:
        make_store(wheel_index).environment([line], python=python)
    assert "127.0.0.1" not in str(caught.value)
    assert "/build" not in str(caught.value)


def test_no_requirements_make_an_empty_environment_without_an_index(
    make_store: Make, python: Interpreter
) -> None:
    environment = make_store(PackageIndex(())).environment([], python=python)
    assert list(environment.path.iterdir()) == []


def test_a_warm_start_resolves_and_installs_nothing(
    wheels: Path,
    wheel_index: PackageIndex,
    make_wheel: Make,
    make_store: Make,
    python: Interpreter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_wheel(wheels, "alpha")
    first = make_store(wheel_index).environment(["alpha"], python=python)
    (wheels / "alpha-1.0-py3-none-any.whl").unlink()
    told: list[str] = []
    monkeypatch.setattr(Bubblewrap, "start", None)  # to call it is an error
    again = make_store(wheel_index).environment(["alpha"], python=python, log=told.append)
    assert (again, told) == (first, [])


def test_a_lock_is_kept_when_newer_versions_appear(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, make_store: Make, python: Interpreter
) -> None:
    make_wheel(wheels, "alpha", "1.0")
    first = make_store(wheel_index).environment(["alpha"], python=python)
    make_wheel(wheels, "alpha", "2.0")
    assert make_store(wheel_index).environment(["alpha"], python=python).key == first.key
    assert make_store(wheel_index).environment(["alpha>1"], python=python).key != first.key


def test_lists_that_lock_alike_share_an_environment(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, make_store: Make, python: Interpreter
) -> None:
    make_wheel(wheels, "alpha")
    store = make_store(wheel_index)
    keys = {store.environment([line], python=python).key for line in ("alpha", "alpha>=1")}
    assert len(keys) == 1


def test_environments_share_the_files_of_a_package(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, make_store: Make, python: Interpreter
) -> None:
    for name in ("alpha", "beta"):
        make_wheel(wheels, name)
    store = make_store(wheel_index)
    one = store.environment(["alpha"], python=python)
    two = store.environment(["alpha", "beta"], python=python)
    assert (one.path / "alpha.py").samefile(two.path / "alpha.py")


def test_a_folder_index_works(
    tmp_path: Path, make_wheel: Make, make_folder_index: Make, make_store: Make, python: Interpreter
) -> None:
    index = make_folder_index(tmp_path / "index", [make_wheel(tmp_path / "made", "alpha")])
    assert (make_store(index).environment(["alpha"], python=python).path / "alpha.py").is_file()


def test_credentials_reach_neither_lock_nor_log_nor_store(
    index_server: Any,
    wheels: Path,
    make_wheel: Make,
    make_store: Make,
    python: Interpreter,
    tmp_path: Path,
) -> None:
    index_server.offer(make_wheel(wheels, "alpha"))
    told: list[str] = []
    make_store(index_server.index).environment(["alpha"], python=python, log=told.append)
    written = everything_in(tmp_path / "store") + "".join(told)
    assert "alpha==1.0" in written
    assert not any(word in written for word in ("t0psecret", f":{index_server.port}"))


@pytest.mark.slow
def test_a_refused_password_is_this_machines_fault_and_stays_secret(
    index_server: Any, make_store: Make, python: Interpreter
) -> None:
    wrong = f"http://reader:wr0ng@127.0.0.1:{index_server.port}/simple"
    with pytest.raises(NoPackageIndex, match="401") as caught:
        make_store(PackageIndex((wrong,))).environment(["alpha"], python=python)
    assert "wr0ng" not in str(caught.value)


@pytest.mark.slow
def test_an_index_out_of_reach_is_this_machines_fault(
    make_store: Make, python: Interpreter
) -> None:
    store = make_store(PackageIndex(("http://127.0.0.1:9/simple",)))
    with pytest.raises(NoPackageIndex, match="cannot be reached"):
        store.environment(["alpha"], python=python)


@pytest.mark.slow
def test_a_truncated_wheel_is_this_machines_fault(
    index_server: Any, wheels: Path, make_wheel: Make, make_store: Make, python: Interpreter
) -> None:
    wheel = make_wheel(wheels, "alpha")
    index_server.offer(wheel)
    index_server.slow = f"/files/{wheel.name}"
    index_server.hung_up.set()
    with pytest.raises(NoPackageIndex, match="broke the connection"):
        make_store(index_server.index).environment(["alpha"], python=python)


def test_a_package_of_the_configured_index_is_installed(
    make_store: Make, python: Interpreter
) -> None:
    store = make_store(configured_package_index())
    environment = store.environment(["iniconfig"], python=python)
    assert (environment.path / "iniconfig/__init__.py").is_file()


@pytest.mark.parametrize("sizes", [(3_000_000,), (1_000_000,) * 3])
def test_an_environment_over_the_size_limit_is_refused_and_gone(
    sizes: tuple[int, ...],
    wheels: Path,
    wheel_index: PackageIndex,
    make_wheel: Make,
    make_store: Make,
    python: Interpreter,
    tmp_path: Path,
) -> None:
    files = {f"large{number}.py": "#" * size for number, size in enumerate(sizes)}
    make_wheel(wheels, "large", files=files)
    store = make_store(wheel_index, limits=InstallLimits(installed_bytes=2_500_000))
    with pytest.raises(EnvironmentTooLarge):
        store.environment(["large"], python=python)
    assert names(tmp_path / "store/build/building") == []
    assert names(tmp_path / "store/envs") == []


def test_an_environment_of_too_many_files_is_refused_and_gone(
    wheels: Path,
    wheel_index: PackageIndex,
    make_wheel: Make,
    make_store: Make,
    python: Interpreter,
    tmp_path: Path,
) -> None:
    make_wheel(wheels, "many", files={f"part{number}.py": "" for number in range(30)})
    store = make_store(wheel_index, limits=InstallLimits(installed_files=30))
    with pytest.raises(EnvironmentTooLarge):
        store.environment(["many"], python=python)
    assert names(tmp_path / "store/envs") == []
    # Beside its 30 modules there are a few files that say what was installed.
    store = make_store(wheel_index, limits=InstallLimits(installed_files=40))
    assert store.environment(["many"], python=python).path.is_dir()


def test_a_package_that_requires_half_the_index_is_refused_before_its_time_is_over(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, make_store: Make, python: Interpreter
) -> None:
    for number in range(8):
        make_wheel(wheels, f"part{number}")
    make_wheel(wheels, "whole", requires=tuple(f"part{number}" for number in range(8)))
    store = make_store(wheel_index, limits=InstallLimits(projects=8))
    with pytest.raises(UnresolvableRequirements, match="more than 8 projects"):
        store.environment(["whole"], python=python)
    assert make_store(wheel_index).environment(["whole"], python=python).path.is_dir()


def test_an_environment_under_the_size_limit_is_made(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, make_store: Make, python: Interpreter
) -> None:
    make_wheel(wheels, "large", files={"large.py": "#" * 1_000_000})
    store = make_store(wheel_index, limits=InstallLimits(installed_bytes=2_500_000))
    assert store.environment(["large"], python=python).path.is_dir()


def test_an_installation_that_fills_the_disk_is_ended_on_the_way(
    index_server: Any,
    wheels: Path,
    make_wheel: Make,
    make_store: Make,
    python: Interpreter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = {f"part{number}.py": "#" * 1_000_000 for number in range(4)}
    index_server.offer(make_wheel(wheels, "large", files=files))
    store = make_store(index_server.index, limits=InstallLimits(installed_bytes=2_500_000))
    index_server.slow = f"/files/{next(wheels.glob('*.whl')).name}"
    shrinking = staticmethod(lambda _: uv_process._Free(-time.monotonic_ns(), 0))
    monkeypatch.setattr(uv_process._Free, "of", shrinking)
    with pytest.raises(EnvironmentTooLarge):
        store.environment(["large"], python=python)


def test_installing_ends_at_its_time_limit(
    index_server: Any, make_store: Make, python: Interpreter
) -> None:
    index_server.respond = lambda request: index_server.hung_up.wait()
    store = make_store(index_server.index, limits=InstallLimits(timeout_s=1.5))
    with pytest.raises(InstallTimeout):
        store.environment(["alpha"], python=python)


def test_a_wall_clock_that_is_set_ends_no_step(
    wheels: Path,
    wheel_index: PackageIndex,
    make_wheel: Make,
    make_store: Make,
    python: Interpreter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_wheel(wheels, "alpha")
    moments = count(time.time(), 3600)
    monkeypatch.setattr(uv_process.time, "time", lambda: next(moments))
    assert make_store(wheel_index).environment(["alpha"], python=python).path.is_dir()


def test_time_in_which_a_builder_was_stopped_ends_no_step() -> None:
    now = 0.0
    clock = StepClock(10.0, clock=lambda: now, busy=lambda: 0.0)
    passed = []
    # What looking takes is no gap, however long, and a step's own time ends it.
    for pause, looks_for in ((0.25, 0.0), (3600.0, 0.0), (0.25, 4.0), (0.25, 0.0)):
        now += pause
        clock.note()
        now += looks_for
        clock.resume()
        passed.append(clock.is_over())
    assert passed == [False] * 4
    for _ in range(24):
        now += 0.25
        passed.append(clock.is_over())
    assert passed[-1]


def test_a_full_disk_is_told_apart(
    wheels: Path,
    wheel_index: PackageIndex,
    make_wheel: Make,
    make_store: Make,
    python: Interpreter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_wheel(wheels, "alpha")
    said = "error: Failed to install\n  Caused by: No space left on device (os error 28)\n"
    monkeypatch.setattr(uv_process, "_text", lambda _: said)
    monkeypatch.setattr(uv_process, "_waited", lambda *_: 2)
    with pytest.raises(NoRoom, match="disk of this machine is full"):
        make_store(wheel_index).environment(["alpha"], python=python)


def test_a_malformed_package_is_its_requirers_fault(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, make_store: Make, python: Interpreter
) -> None:
    scripts = "[console_scripts]\n../../escape=alpha:main\n"
    points = "alpha-1.0.dist-info/entry_points.txt"
    make_wheel(wheels, "alpha", files={"alpha.py": "", points: scripts})
    with pytest.raises(InvalidRequirements, match=r"package is malformed: .*wheel is invalid"):
        make_store(wheel_index).environment(["alpha"], python=python)


def test_threads_that_want_the_same_environment_make_it_once(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, make_store: Make, python: Interpreter
) -> None:
    make_wheel(wheels, "alpha")
    told: list[str] = []
    store: EnvironmentStore = make_store(wheel_index)

    def ask() -> None:
        store.environment(["alpha"], python=python, log=told.append)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == ["Resolving 1 requirement.", "Installing 1 package.", "Compiling the packages."]


@pytest.fixture
def stuck(index_server: Any, wheels: Path, make_wheel: Make, make_store: Make) -> Any:
    """Two stores on one folder: the index never ends its page on a package of the first."""
    index_server.offer(make_wheel(wheels, "alpha"))
    index_server.answers["/simple/stuck/"] = ("text/html", b" " * 1000)
    index_server.slow = "/simple/stuck/"
    cancel, ended = threading.Event(), []
    stores = [make_store(index_server.index, places=2, cancel=one) for one in (cancel, None)]

    def build() -> None:
        with pytest.raises(InstallCancelled):
            stores[0].environment(["stuck"], python=find_interpreter())
        ended.append("stuck")

    thread = threading.Thread(target=build)
    thread.start()
    while not any(path == "/simple/stuck/" for path, _ in index_server.seen):
        time.sleep(0.02)
    yield stores[1], ended
    cancel.set()
    thread.join()
    assert ended == ["stuck"]


def test_one_environment_does_not_wait_for_another(stuck: Any, python: Interpreter) -> None:
    store, ended = stuck
    assert store.environment(["alpha"], python=python).path.is_dir()
    assert ended == []


def test_pruning_does_not_wait_for_an_environment_that_is_being_made(
    stuck: Any, python: Interpreter, tmp_path: Path
) -> None:
    store, ended = stuck
    environment = store.environment(["alpha"], python=python)
    store.prune(0)
    assert ended == []
    assert not environment.path.exists()
    # The cache of the one that is being made is left alone.
    assert [(tmp_path / f"store/{place}/cache").exists() for place in ("build", "build-1")] == [
        True,
        False,
    ]


def test_a_store_that_makes_nothing_names_what_is_missing_until_another_has_made_it(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, make_store: Make, python: Interpreter
) -> None:
    make_wheel(wheels, "alpha")
    ready = make_store(wheel_index, only_ready=True)
    missing = []
    for lines in (["alpha"], ["alpha"], ["alpha>=1"]):
        with pytest.raises(EnvironmentNotReady) as caught:
            ready.environment(lines, python=python)
        missing.append(caught.value.name)
    assert missing[0] == missing[1] != missing[2]
    store = make_store(wheel_index)
    store.lock(["alpha"], python=python, policy=LockPolicy())
    with pytest.raises(EnvironmentNotReady):
        ready.environment(["alpha"], python=python)
    made = store.environment(["alpha"], python=python)
    assert ready.environment(["alpha"], python=python) == made


def test_a_stores_name_is_drawn_once(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for root in (one, other):
        root.mkdir()
    drawn: list[str] = []
    threads = [threading.Thread(target=lambda: drawn.append(store_name(one))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn) == 8
    assert {*drawn} == {store_name(one)} != {store_name(other)}
    assert names(one) == ["name"]


KILLED = """
import os, sys
from pathlib import Path
from valhub.evaluation.execution.environments import *
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap

def log(line):
    if line.startswith("Compiling"):
        os.kill(os.getpid(), 9)

root, wheels = map(Path, sys.argv[1:])
with Bubblewrap.open() as sandbox:
    store = EnvironmentStore(root, sandbox, index=PackageIndex((), (wheels.as_uri(),)))
    store.environment(["alpha"], python=find_interpreter(), log=log)
"""


@pytest.mark.slow
def test_a_killed_maker_leaves_no_half_environment(
    wheels: Path,
    wheel_index: PackageIndex,
    make_wheel: Make,
    make_store: Make,
    python: Interpreter,
    tmp_path: Path,
) -> None:
    make_wheel(wheels, "alpha")
    root = tmp_path / "store"
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED), root, wheels])
    assert ended.returncode == -signal.SIGKILL
    assert names(root / "envs") == []
    assert len(names(root / "build/building")) == 1
    store = make_store(wheel_index)
    assert names(root / "build/building") == []
    assert store.environment(["alpha"], python=python).path.is_dir()


@pytest.mark.slow
def test_pruning_removes_what_was_used_longest_ago(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, make_store: Make, python: Interpreter
) -> None:
    store: EnvironmentStore = make_store(wheel_index)
    made = []
    for name in ("alpha", "beta"):
        make_wheel(wheels, name, files={f"{name}.py": f"# {os.urandom(300_000).hex()}"})
        made.append(store.environment([name], python=python))
    store.environment(["alpha"], python=python)  # used again, so beta is the older one now
    assert store.prune(1_000_000) < 1_000_000
    assert [environment.path.is_dir() for environment in made] == [True, False]


def test_an_environment_that_was_just_made_is_spared_for_a_while(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, make_store: Make, python: Interpreter
) -> None:
    store: EnvironmentStore = make_store(wheel_index)
    made = []
    for name, age_s in (("alpha", 1000), ("beta", 0)):
        make_wheel(wheels, name)
        made.append(store.environment([name], python=python))
        used = time.time() - age_s
        os.utime(made[-1].path.parent, (used, used))
    store.prune(0, spare_s=900)
    assert [environment.path.is_dir() for environment in made] == [False, True]


def test_an_environment_in_use_is_not_removed(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, make_store: Make, python: Interpreter
) -> None:
    make_wheel(wheels, "alpha")
    store: EnvironmentStore = make_store(wheel_index)
    environment = store.environment(["alpha"], python=python)
    with environment.in_use():
        store.prune(0)
        assert environment.path.is_dir()
    store.prune(0)
    assert not environment.path.exists()


def test_a_removed_environment_says_so_and_can_be_made_again(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, make_store: Make, python: Interpreter
) -> None:
    make_wheel(wheels, "alpha")
    store: EnvironmentStore = make_store(wheel_index)
    environment = store.environment(["alpha"], python=python)
    store.prune(0)
    with pytest.raises(EvaluationError, check=coded("environment-removed")), environment.in_use():
        pass
    assert store.environment(["alpha"], python=python) == environment
