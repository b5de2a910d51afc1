"""The environments of this machine: each is made once and shared by all with the same lock.

Layout of the store's folder::

    locks/<name>.txt            the lock of a list of requirements (`requirement_locks`)
    envs/<key>/site-packages    a finished environment, read-only, never changed
    envs/<key>/lock.txt         what it was installed from
    build/cache              uv's cache; its files are the environments' files, hard-linked
    build/building/<key>     an environment being made
    guards/                     locks between processes (`guards`)

An environment appears under `envs` by one rename, complete or not at all.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from valhub.evaluation.execution.environments.build_context import BuildContext, InstallLimits
from valhub.evaluation.execution.environments.disk_use import (
    bytes_freed_with,
    installed_bytes,
    make_read_only,
    remove_tree,
    store_bytes,
)
from valhub.evaluation.execution.environments.environment import Environment
from valhub.evaluation.execution.environments.errors import EnvironmentTooLarge, InstallTimeout
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


class EnvironmentStore:
    """Makes environments and stores them.

    Any number of threads and processes may share a folder. One of them at a time runs uv, the
    others wait, because uv's share of the disk can only be watched when it is alone.

    Parameters
    ----------
    root : Path
        Folder of the store; made when missing.
    sandbox : Sandbox
        Where resolving, installing and compiling run.
    index : PackageIndex, optional
        By default what this machine's pip and uv configuration name, when it is needed.
    """

    def __init__(
        self,
        root: Path,
        sandbox: Sandbox,
        *,
        index: PackageIndex | None = None,
        limits: InstallLimits | None = None,
    ) -> None:
        self._root = root.resolve()
        self._sandbox = sandbox
        self._index = index
        self._limits = limits or InstallLimits()
        for folder in ("locks", "envs", "guards", "build/building"):
            (self._root / folder).mkdir(parents=True, exist_ok=True)
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
            When this machine is at fault.
        """
        policy = policy or LockPolicy()
        lock = self.lock(requirements, python=python, policy=policy, log=log)
        environment = self._described(lock, python, policy)
        if not environment.path.is_dir():
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

    def prune(self, max_bytes: int) -> int:
        """Remove what was used longest ago until the store is small enough.

        uv's cache goes first, then environments, except those in use.

        Returns
        -------
        int
            Size of the store afterwards, in bytes.
        """
        taken = store_bytes(self._root)
        if taken > max_bytes:
            with held(self._guard("build")):
                self._clear_cache()
            taken = store_bytes(self._root)
        for folder in sorted(self._envs.iterdir(), key=lambda each: each.stat().st_mtime_ns):
            if taken <= max_bytes:
                break
            taken -= self._remove_if_free(folder)
        return taken

    @property
    def _envs(self) -> Path:
        return self._root / "envs"

    @property
    def _building(self) -> Path:
        return self._root / "build/building"

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

    def _build_context(self, python: Interpreter) -> BuildContext:
        return BuildContext(self._sandbox, self._root / "build", python, self._limits)

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
            with held(self._guard("build")):
                if not answer.is_file():
                    log(f"Resolving {_count(len(question.lines), 'requirement')}.")
                    _write_whole(answer, self._resolved(question).document())
        return Lock.from_document(answer.read_text(encoding="utf-8"))

    def _resolved(self, question: LockQuestion) -> Lock:
        build = self._build_context(question.python)
        with self._clean_cache_on_failure():
            return resolve(
                build,
                self._package_index(),
                question.lines,
                exclude_newer=question.exclude_newer,
            )

    def _make(self, environment: Environment, lock: str, log: Log) -> None:
        """Build beside the finished ones, then rename; the guard is held."""
        building = self._building / environment.key
        remove_tree(building)
        try:
            if lock:
                self._install(environment, lock, log)
            else:
                (building / "site-packages").mkdir(parents=True)
            make_read_only(building / "site-packages")
            (building / "lock.txt").write_text(lock, encoding="utf-8")
            building.rename(self._envs / environment.key)
        finally:
            remove_tree(building)

    def _install(self, environment: Environment, lock: str, log: Log) -> None:
        build, key = self._build_context(environment.python), environment.key
        with held(self._guard("build")):
            log(f"Installing {_count(lock.count('=='), 'package')}.")
            with self._clean_cache_on_failure():
                install(build, self._package_index(), lock, name=key)
                if installed_bytes(self._building / key) > self._limits.installed_bytes:
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
            leaving = self._building / f"{folder.name}.leaving"
            folder.rename(leaving)
            remove_tree(leaving)
            return freed

    @contextmanager
    def _clean_cache_on_failure(self) -> Iterator[None]:
        """Empty the cache when uv is killed in the block: it leaves its temporary files there."""
        try:
            yield
        except (EnvironmentTooLarge, InstallTimeout):
            self._clear_cache()
            raise

    def _clear_cache(self) -> None:
        # uv makes it anew, as the account that it runs as.
        remove_tree(self._root / "build/cache")

    def _sweep(self) -> None:
        """Remove what a killed process left unfinished."""
        for folder in self._building.iterdir():
            with held_if_free(self._guard(folder.name.partition(".")[0])) as free:
                if free:
                    remove_tree(folder)


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
