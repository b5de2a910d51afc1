"""The three steps that make an environment, each one in a sandbox: resolve, install, compile.

uv runs with no network but a loopback of its own, on which the package index's door answers
(`index_proxy`), with no environment and no configuration of this machine. It may write one
folder, the workshop, which holds its cache and what is being built.
"""

import errno
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import uv

from valhub.evaluation.execution.environments import loopback_listener
from valhub.evaluation.execution.environments.disk_use import bytes_written_since
from valhub.evaluation.execution.environments.failures import (
    EnvironmentTooLarge,
    InstallFailed,
    InstallTimeout,
    shortened,
    unresolvable,
)
from valhub.evaluation.execution.environments.index_catalogue import IndexCatalogue
from valhub.evaluation.execution.environments.index_fetching import Fetcher
from valhub.evaluation.execution.environments.index_proxy import serve_index
from valhub.evaluation.execution.environments.interpreters import Interpreter
from valhub.evaluation.execution.environments.package_index import PackageIndex
from valhub.evaluation.execution.sandbox import Bind, Command, Process, Sandbox, SandboxLimits

GIB = 1024**3
WORKSHOP = "/workshop"

_UV = "/installer/uv"
_LISTENER = "/installer/loopback_listener.py"
_PORT = 8900  # in a network namespace of its own nothing else can have taken it
_LISTENS_WITHIN_S = 30
_UNSATISFIABLE = 1  # uv's exit status for "no solution", as opposed to "went wrong"
_FILE_TOO_LARGE = f"(os error {errno.EFBIG})"  # how uv words the limit on one file's size
_LONGEST_ANSWER = 32 * 1024**2


@dataclass(frozen=True)
class InstallLimits:
    """What making one environment may take.

    Attributes
    ----------
    timeout_s : float
        Wall time of resolving, and again of installing.
    compile_timeout_s : float
        Wall time of compiling bytecode; what is not compiled by then stays source.
    installed_bytes : int
        Size of the installed files.
    """

    timeout_s: float = 900.0
    compile_timeout_s: float = 300.0
    installed_bytes: int = 8 * GIB
    memory_bytes: int = 4 * GIB


@dataclass(frozen=True)
class Installer:
    """Runs uv and the bytecode compiler for one interpreter.

    Attributes
    ----------
    workshop : Path
        The folder that a step may write, with `cache` and `building` in it.
    """

    sandbox: Sandbox
    workshop: Path
    index: PackageIndex
    python: Interpreter
    limits: InstallLimits = InstallLimits()

    def resolve(self, lines: Sequence[str], *, exclude_newer: str | None = None) -> str:
        """Resolve requirements to a lock: every package with version and digests.

        Raises
        ------
        UnresolvableRequirements
            When no set of wheels satisfies them.
        EnvironmentTooLarge
            When a package that has to be looked into takes more disk than the limit.
        NoPackageIndex, InstallFailed, InstallTimeout
            When it is this machine's fault.
        """
        newest = ("--exclude-newer", exclude_newer) if exclude_newer else ()
        status, lock, said = self._uv(
            ("compile", "-", *newest, "--no-header", "--no-annotate", "--no-emit-index-url"),
            ("--generate-hashes", "--no-sources"),
            given="\n".join(lines),
        )
        if status == _UNSATISFIABLE:
            raise unresolvable(said)
        if status != 0:
            raise InstallFailed(f"Resolving the requirements broke off: {shortened(said)}")
        return lock

    def install(self, lock: str, name: str) -> None:
        """Install a lock into the workshop's folder `building/<name>/site-packages`.

        Raises
        ------
        EnvironmentTooLarge
            When the packages take more than the limit.
        NoPackageIndex, InstallFailed, InstallTimeout
            When it is this machine's fault.
        """
        target = f"{WORKSHOP}/building/{name}/site-packages"
        status, _, said = self._uv(
            ("install", "-r", "-", "--target", target, "--no-deps", "--require-hashes"),
            ("--link-mode", "hardlink"),
            given=lock,
        )
        if status != 0:
            raise InstallFailed(f"Installing the packages broke off: {shortened(said)}")

    def compile_bytecode(self, name: str) -> bool:
        """Compile what was installed, without any network; tell whether all of it was.

        Tests are left out, for nobody imports them. The files never change, so the bytecode is
        marked to be used without looking at the source again.
        """
        site = f"{WORKSHOP}/building/{name}/site-packages"
        program = [str(self.python.executable), "-I", "-S", "-m", "compileall", "-q"]
        options = ["-x", "/tests?/", "--invalidation-mode", "unchecked-hash"]
        jobs = ["-j", str(os.cpu_count() or 1)]
        command = self._command([*program, *options, *jobs, site], binds=(), loopback=False)
        with self.sandbox.start(command) as process:
            try:
                return process.wait(self.limits.compile_timeout_s) == 0
            except subprocess.TimeoutExpired:
                return False

    def _uv(
        self, what: Sequence[str], options: Sequence[str], *, given: str
    ) -> tuple[int, str, str]:
        """Run one `uv pip` command; returns exit status, standard output and standard error."""
        catalogue = IndexCatalogue(self.index, Fetcher(self.index))
        with ExitStack() as stack:
            stdin, out, err = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
            stdin.write(given.encode())
            stdin.seek(0)
            ours, theirs = map(stack.enter_context, map(closing, socket.socketpair()))
            process = stack.enter_context(
                self.sandbox.start(
                    self._uv_command([*what, *options], theirs.fileno()),
                    stdin=stdin.fileno(),
                    stdout=out.fileno(),
                    stderr=err.fileno(),
                    pass_fds=(theirs.fileno(),),
                )
            )
            theirs.close()
            listener = _handed_out(ours)
            if listener is None:
                raise InstallFailed(f"The installer did not start: {shortened(_text(err))}")
            with serve_index(catalogue, listener):
                status = self._waited(process)
            said = _text(err)
            if status != 0 and catalogue.failure is not None:
                raise catalogue.failure
            if status != 0 and _FILE_TOO_LARGE in said:
                raise EnvironmentTooLarge
            return status, _text(out), said

    def _uv_command(self, words: Sequence[str], descriptor: int) -> Command:
        script = Path(loopback_listener.__file__)
        binds = (Bind(Path(uv.find_uv_bin()), _UV), Bind(script, _LISTENER))
        python = str(self.python.executable)
        argv = [python, "-I", "-S", _LISTENER, str(descriptor), str(_PORT), _UV, "pip", *words]
        return self._command(
            [*argv, "--python", python, "--only-binary", ":all:"], binds=binds, loopback=True
        )

    def _command(self, argv: Sequence[str], *, binds: Sequence[Bind], loopback: bool) -> Command:
        limits = SandboxLimits(
            memory_bytes=self.limits.memory_bytes,
            file_bytes=self.limits.installed_bytes,
            open_files=4096,
            cores=float(os.cpu_count() or 1),
        )
        return Command(
            argv,
            binds=(*binds, Bind(self.workshop, WORKSHOP, writable=True)),
            env=_ENVIRONMENT,
            limits=limits,
            interpreter=self.python.prefix,
            loopback=loopback,
            keeps_files=True,
        )

    def _waited(self, process: Process) -> int:
        """Wait for uv, minding the clock and the disk."""
        started = time.time()
        free = _free_bytes(self.workshop)
        while time.time() - started < self.limits.timeout_s:
            try:
                return process.wait(1.0)
            except subprocess.TimeoutExpired:
                # Counting files is slow, so it is done only when the disk shows a need for it.
                shrunk = free - _free_bytes(self.workshop) > self.limits.installed_bytes
                if shrunk and self._has_written_too_much(started):
                    raise EnvironmentTooLarge from None
        raise InstallTimeout

    def _has_written_too_much(self, started: float) -> bool:
        return bytes_written_since(self.workshop, started) > self.limits.installed_bytes


_ENVIRONMENT = {
    "UV_NO_CONFIG": "1",
    "UV_NO_PROGRESS": "1",
    "UV_PYTHON_DOWNLOADS": "never",
    "UV_CACHE_DIR": f"{WORKSHOP}/cache",
    "UV_DEFAULT_INDEX": f"http://127.0.0.1:{_PORT}/simple/",
    "UV_CONCURRENT_DOWNLOADS": "8",
    "UV_HTTP_TIMEOUT": "120",
    "UV_HTTP_RETRIES": "2",
    "NO_COLOR": "1",
}


def _handed_out(ours: socket.socket) -> socket.socket | None:
    """Take the socket that listens inside; None when the sandbox ended before it was sent."""
    ours.settimeout(_LISTENS_WITHIN_S)
    try:
        _, descriptors, _, _ = socket.recv_fds(ours, 16, 1, socket.MSG_CMSG_CLOEXEC)
    except TimeoutError:
        return None
    return socket.socket(fileno=descriptors[0]) if descriptors else None


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(_LONGEST_ANSWER).decode(errors="replace")


def _free_bytes(folder: Path) -> int:
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize
