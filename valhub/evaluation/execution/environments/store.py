"""The environments of this machine: each is made once and shared by all with the same lock.

Layout of the store's folder::

    locks/<name>.txt            the lock of a list of requirements (`requirement_locks`)
    envs/<key>/site-packages    a finished environment, read-only, never changed
    envs/<key>/lock.txt         what it was installed from
    build/, build-1/, …         one place for each environment that is made at the same time:
        cache                   uv's cache; its files are the environments' files, hard-linked
        building/<key>          an environment being made
    guards/                     locks between processes (`guards`)
    name                        identifies this store among those of all machines

An environment appears under `envs` by one rename, complete or not at all.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from uuid import uuid4

from valhub.evaluation.execution.environments.build_context import BuildContext, InstallLimits
from valhub.evaluation.execution.environments.disk_use import (
    bytes_freed_with,
    installed,
    make_read_only,
    remove_tree,
    store_bytes,
)
from valhub.evaluation.execution.environments.environment import Environment
from valhub.evaluation.execution.environments.errors import (
    EnvironmentNotReady,
    EnvironmentTooLarge,
    InstallCancelled,
    InstallTimeout,
)
from valhub.evaluation.execution.environments.guards import held, held_if_free
from valhub.evaluation.execution.environments.installer import (
    compile_bytecode,
    install,
    resolve,
)
from valhub.evaluation.execution.environments.interpreters import Interpreter
from valhub.evaluation.execution.environments.package_index import (
    PackageIndex,
    configured_package_index,
)
from valhub.evaluation.execution.environments.requirement_locks import (
    Lock,
    LockPolicy,
    LockQuestion,
    checked,
    environment_key,
    lock_hash,
)
from valhub.evaluation.execution.sandbox import Sandbox

Log = Callable[[str], None]
# How often a free place is looked for while none is.
_PLACE_POLL_S = 0.1


class EnvironmentStore:
    """Makes environments and stores them.

    Any number of threads and processes may share a folder. Each runs uv in a place of its own,
    because uv's share of the disk can only be watched where it is alone; when no place is free,
    the others wait.

    Parameters
    ----------
    root : Path
        Folder of the store; made when missing.
    sandbox : Sandbox
        Where resolving, installing and compiling run.
    index : PackageIndex, optional
        By default what this machine's pip and uv configuration name, when it is needed.
    places : int
        How many environments may be made at the same time.
    only_ready : bool
        Whether nothing is made here: what is not ready raises `EnvironmentNotReady`.
    cancel : threading.Event, optional
        Ends what is being made when it is set.
    """

    def __init__(
        self,
        root: Path,
        sandbox: Sandbox,
        *,
        index: PackageIndex | None = None,
        limits: InstallLimits | None = None,
        places: int = 1,
        only_ready: bool = False,
        cancel: threading.Event | None = None,
    ) -> None:
        self._root = root.resolve()
        self._sandbox = sandbox
        self._index = index
        self._limits = limits or InstallLimits()
        self._only_ready = only_ready
        self._cancel = cancel or threading.Event()
        self._places = [self._root / _place_name(number) for number in range(places)]
        for folder in ("locks", "envs", "guards"):
            (self._root / folder).mkdir(parents=True, exist_ok=True)
        for place in self._places:
            (place / "building").mkdir(parents=True, exist_ok=True)
        self._sweep()

    def environment(
        self,
        requirements: Sequence[str],
        *,
        python: Interpreter,
        policy: LockPolicy | None = None,
        log: Log = lambda _: None,
    ) -> Environment:
        """Return the environment of a list of requirements, making it when it is new.

        Parameters
        ----------
        requirements : sequence of str
            PEP 508 names with versions and extras, as `requirements_txt` reads them.
        policy : LockPolicy, optional
            What makes them resolve alike next year; by default, only this store's locks.
        log : callable
            Receives one sentence on what is being done, when it is more than a look-up.

        Raises
        ------
        InvalidRequirements
            When the algorithm's requirements are at fault.
        NoPackageIndex, InstallFailed, InstallTimeout
            When this machine is at fault, or took longer than its limit.
        EnvironmentNotReady
            When it has to be made, and nothing is made here.
        """
        policy = policy or LockPolicy()
        lock = self.lock(requirements, python=python, policy=policy, log=log)
        environment = self._described(lock, python, policy)
        if not environment.path.is_dir():
            if lock.text:
                self._require_making(environment.key)
            with held(environment.guard):
                if not environment.path.is_dir():
                    self._make(environment, lock.text, log)
        _mark_as_used(environment)
        return environment

    def lock(
        self,
        requirements: Sequence[str],
        *,
        python: Interpreter,
        policy: LockPolicy,
        log: Log = lambda _: None,
    ) -> Lock:
        """Return the lock of a list of requirements, resolving it when it is new.

        Parameters, errors
        ------------------
        As `environment`, which also installs the lock.
        """
        lines = checked(requirements)
        if not lines:
            return Lock("")
        index = self._package_index().fingerprint
        question = LockQuestion(lines, python, index, policy.exclude_newer)
        lock = self._first_lock(question, policy, log)
        if lock.undated:
            log(_undated(lock))
        return lock

    def prune(self, max_bytes: int, *, spare_s: float = 0.0) -> int:
        """Remove what was used longest ago until the store is small enough.

        uv's cache goes first, then environments, except those in use.

        Parameters
        ----------
        spare_s : float
            What was made or used within so many seconds stays: whoever asked for it has yet to
            come for it.

        Returns
        -------
        int
            Size of the store afterwards, in bytes.
        """
        taken = store_bytes(self._root)
        if taken > max_bytes:
            self._clear_idle_caches()
            taken = store_bytes(self._root)
        spared = time.time() - spare_s
        for folder in sorted(self._envs.iterdir(), key=lambda each: each.stat().st_mtime_ns):
            if taken <= max_bytes or folder.stat().st_mtime > spared:
                break
            taken -= self._remove_if_free(folder)
        return taken

    @property
    def _envs(self) -> Path:
        return self._root / "envs"

    def _require_making(self, name: str) -> None:
        if self._only_ready:
            raise EnvironmentNotReady(name)

    def _guard(self, name: str) -> Path:
        return self._root / "guards" / name

    def _described(self, lock: Lock, python: Interpreter, policy: LockPolicy) -> Environment:
        key = environment_key(lock.text, python)
        return Environment(
            path=self._envs / key / "site-packages",
            key=key,
            lock_hash=lock_hash(lock.text),
            python=python,
            guard=self._guard(key),
            exclude_newer=policy.exclude_newer,
            undated=lock.undated,
        )

    @contextmanager
    def _place(self, python: Interpreter) -> Iterator[BuildContext]:
        """Take the first free place to build in; waits until there is one."""
        with ExitStack() as stack:
            while (place := self._free_place(stack)) is None:
                if self._cancel.wait(_PLACE_POLL_S):
                    raise InstallCancelled
            yield BuildContext(self._sandbox, place, python, self._limits, self._cancel)

    def _free_place(self, stack: ExitStack) -> Path | None:
        for place in self._places:
            with ExitStack() as tried:
                if tried.enter_context(held_if_free(self._guard(place.name))):
                    stack.enter_context(tried.pop_all())
                    return place
        return None

    def _package_index(self) -> PackageIndex:
        return self._index or configured_package_index()

    def _first_lock(self, question: LockQuestion, policy: LockPolicy, log: Log) -> Lock:
        """Return the first lock that was ever made, here or by whoever shares the kept ones."""
        if policy.kept is None:
            return self._own_lock(question, log)
        document = policy.kept.find(question.lasting_name)
        if document is None:
            lock = self._own_lock(question, log)
            document = policy.kept.keep(question.lasting_name, lock.document())
        return Lock.from_document(document)

    def _own_lock(self, question: LockQuestion, log: Log) -> Lock:
        answer = self._root / "locks" / f"{question.name}.txt"
        if not answer.is_file():
            self._require_making(question.lasting_name)
            with held(self._guard(question.name)):
                if not answer.is_file():
                    log(f"Resolving {_count(len(question.lines), 'requirement')}.")
                    _write_whole(answer, self._resolved(question).document())
        return Lock.from_document(answer.read_text(encoding="utf-8"))

    def _resolved(self, question: LockQuestion) -> Lock:
        with self._place(question.python) as build, _clean_cache_on_failure(build):
            return resolve(
                build,
                self._package_index(),
                question.lines,
                exclude_newer=question.exclude_newer,
            )

    def _make(self, environment: Environment, lock: str, log: Log) -> None:
        """Build beside the finished ones, then rename; the guard is held."""
        if not lock:
            building = self._places[0] / "building" / environment.key
            make_folder = partial((building / "site-packages").mkdir, parents=True)
            self._build(environment, lock, building, make_folder)
            return
        with self._place(environment.python) as build:
            building = build.folder / "building" / environment.key
            install_it = partial(self._install, build, environment.key, lock, log)
            self._build(environment, lock, building, install_it)

    def _build(
        self, environment: Environment, lock: str, building: Path, fill: Callable[[], None]
    ) -> None:
        remove_tree(building)
        try:
            fill()
            make_read_only(building / "site-packages")
            (building / "lock.txt").write_text(lock, encoding="utf-8")
            building.rename(self._envs / environment.key)
        finally:
            remove_tree(building)

    def _install(self, build: BuildContext, key: str, lock: str, log: Log) -> None:
        log(f"Installing {_count(lock.count('=='), 'package')}.")
        with _clean_cache_on_failure(build):
            install(build, self._package_index(), lock, name=key)
            use = installed(build.folder / "building" / key)
            if use.bytes > self._limits.installed_bytes or use.files > self._limits.installed_files:
                raise EnvironmentTooLarge
        log("Compiling the packages.")
        if not compile_bytecode(build, name=key):
            log("Some files could not be compiled; they will be read as source.")

    def _remove_if_free(self, folder: Path) -> int:
        """Remove an unused environment; return the bytes that this freed."""
        with held_if_free(self._guard(folder.name)) as free:
            if not free:
                return 0
            freed = bytes_freed_with(folder)
            # Renamed first, so that no process ever finds half of it.
            leaving = self._places[0] / "building" / f"{folder.name}.leaving"
            folder.rename(leaving)
            remove_tree(leaving)
            return freed

    def _all_places(self) -> Iterator[Path]:
        """Every place there is, those of processes with more of them included."""
        return self._root.glob("build*")

    def _clear_idle_caches(self) -> None:
        """Empty uv's caches, except where it runs: nobody waits for a build to end."""
        for place in self._all_places():
            with held_if_free(self._guard(place.name)) as free:
                if free:
                    _clear_cache(place)

    def _sweep(self) -> None:
        """Remove what a killed process left unfinished."""
        for folder in self._root.glob("build*/building/*"):
            with held_if_free(self._guard(folder.name.partition(".")[0])) as free:
                if free:
                    remove_tree(folder)


def store_name(root: Path) -> str:
    """Return what identifies a store among those of all machines, as long as its folder exists."""
    path = root / "name"
    if not path.is_file():
        drawn = root / f"name.{uuid4().hex}"
        drawn.write_text(drawn.suffix[1:], encoding="utf-8")
        with suppress(FileExistsError):  # another process was first
            path.hardlink_to(drawn)
        drawn.unlink()
    return path.read_text(encoding="utf-8")


def _place_name(number: int) -> str:
    # The first one bears the name that it had when there was no other.
    return f"build-{number}" if number else "build"


@contextmanager
def _clean_cache_on_failure(build: BuildContext) -> Iterator[None]:
    """Empty the cache when uv is killed in the block: it leaves its temporary files there."""
    try:
        yield
    except (EnvironmentTooLarge, InstallCancelled, InstallTimeout):
        _clear_cache(build.folder)
        raise


def _clear_cache(place: Path) -> None:
    # uv makes it anew, as the account that it runs as.
    remove_tree(place / "cache")


def _mark_as_used(environment: Environment) -> None:
    """Note the time, as what was used last is removed last."""
    now = time.time_ns()  # finer than the clock the kernel itself marks files with
    with suppress(FileNotFoundError):  # removed just now, which `in_use` reports
        os.utime(environment.path.parent, ns=(now, now))


def _write_whole(path: Path, text: str) -> None:
    """Write a file that appears complete or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.rename(path)


def _undated(lock: Lock) -> str:
    return (
        f"The index gives no upload times for {', '.join(lock.undated)}: the versions of the first "
        "run are kept."
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
