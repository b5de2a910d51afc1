"""One run of uv in the sandbox, with access to the index and limits on time and disk.

uv has no network but a loopback of its own, on which `index_proxy` answers, and neither the
environment nor the configuration of this machine.
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
from valhub.evaluation.execution.environments.build_context import INSIDE, BuildContext
from valhub.evaluation.execution.environments.disk_use import written_since
from valhub.evaluation.execution.environments.errors import (
    EnvironmentTooLarge,
    InstallCancelled,
    InstallFailed,
    InstallTimeout,
    NoRoom,
    shortened,
)
from valhub.evaluation.execution.environments.index_catalogue import IndexCatalogue
from valhub.evaluation.execution.environments.index_fetching import Fetcher
from valhub.evaluation.execution.environments.index_proxy import serve_index
from valhub.evaluation.execution.environments.index_use import IndexUse
from valhub.evaluation.execution.environments.package_index import PackageIndex
from valhub.evaluation.execution.environments.step_clock import LOOKS_EVERY_S, StepClock
from valhub.evaluation.execution.environments.upload_cutoff import UploadCutoff
from valhub.evaluation.execution.sandbox import Bind, Command, Process

_UV = "/installer/uv"
_LISTENER = "/installer/loopback_listener.py"
_PORT = 8900  # in a network namespace of its own nothing else can have taken it
_LISTENS_WITHIN_S = 30.0
_FILE_TOO_LARGE = f"(os error {errno.EFBIG})"  # how uv words the limit on one file's size
_DISK_FULL = f"(os error {errno.ENOSPC})"
_LONGEST_ANSWER = 32 * 1024**2
_ENVIRONMENT = {
    "UV_NO_CONFIG": "1",
    "UV_NO_PROGRESS": "1",
    "UV_PYTHON_DOWNLOADS": "never",
    "UV_CACHE_DIR": f"{INSIDE}/cache",
    "UV_DEFAULT_INDEX": f"http://127.0.0.1:{_PORT}/simple/",
    "UV_CONCURRENT_DOWNLOADS": "8",
    "UV_HTTP_TIMEOUT": "120",
    "UV_HTTP_RETRIES": "2",
    "NO_COLOR": "1",
}


@dataclass(frozen=True)
class UvAnswer:
    """The outcome of one run of uv.

    Attributes
    ----------
    status : int
        Exit status.
    output : str
        Standard output.
    said : str
        Standard error.
    undated : frozenset of str
        Projects that the cutoff could not be applied to.
    """

    status: int
    output: str
    said: str
    undated: frozenset[str] = frozenset()


def run_uv_pip(
    build: BuildContext,
    index: PackageIndex,
    words: Sequence[str],
    *,
    given: str,
    cutoff: UploadCutoff | None = None,
) -> UvAnswer:
    """Run one `uv pip` command on wheels only.

    Parameters
    ----------
    given : str
        What uv reads from its standard input.
    cutoff : UploadCutoff, optional
        The index shows no files that are newer.

    Raises
    ------
    NoPackageIndex, NoRoom
        When uv failed because an index did, or the disk is full.
    EnvironmentTooLarge, UnresolvableRequirements, InstallTimeout, InstallCancelled
        When uv exceeded a limit, or was no longer wanted, and was killed.
    InstallFailed
        When it did not start.
    """
    catalogue, use = IndexCatalogue(index, Fetcher(index), cutoff), IndexUse(build.limits)
    with ExitStack() as stack:
        stdin, out, err = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        stdin.write(given.encode())
        stdin.seek(0)
        ours, theirs = (stack.enter_context(closing(end)) for end in socket.socketpair())
        process = build.sandbox.start(
            _command(build, words, theirs.fileno()),
            stdin=stdin.fileno(),
            stdout=out.fileno(),
            stderr=err.fileno(),
            pass_fds=(theirs.fileno(),),
        )
        stack.enter_context(process)
        theirs.close()
        listener = _received_listener(ours)
        if listener is None:
            raise InstallFailed(f"The installer did not start: {shortened(_text(err))}")
        with serve_index(catalogue, listener, use):
            status = _waited(process, build, catalogue, use)
        answer = UvAnswer(status, _text(out), _text(err), catalogue.undated)
    _raise_known_failure(answer, catalogue, use)
    return answer


def _raise_known_failure(answer: UvAnswer, catalogue: IndexCatalogue, use: IndexUse) -> None:
    if use.excess is not None:
        raise use.excess
    if answer.status != 0 and catalogue.failure is not None:
        raise catalogue.failure
    if answer.status != 0 and _FILE_TOO_LARGE in answer.said:
        raise EnvironmentTooLarge
    if answer.status != 0 and _DISK_FULL in answer.said:
        raise NoRoom


def _command(build: BuildContext, words: Sequence[str], descriptor: int) -> Command:
    script = Path(loopback_listener.__file__)
    python = str(build.python.executable)
    listen = [python, "-I", "-S", _LISTENER, str(descriptor), str(_PORT)]
    return build.command(
        [*listen, _UV, "pip", *words, "--python", python, "--only-binary", ":all:"],
        binds=(Bind(Path(uv.find_uv_bin()), _UV), Bind(script, _LISTENER)),
        env=_ENVIRONMENT,
        loopback=True,
    )


def _received_listener(ours: socket.socket) -> socket.socket | None:
    """Take the socket that listens inside; None when the sandbox ended before it was sent."""
    ours.settimeout(_LISTENS_WITHIN_S)
    try:
        _, descriptors, _, _ = socket.recv_fds(ours, 16, 1, socket.MSG_CMSG_CLOEXEC)
    except TimeoutError:
        return None
    return socket.socket(fileno=descriptors[0]) if descriptors else None


def _waited(process: Process, build: BuildContext, catalogue: IndexCatalogue, use: IndexUse) -> int:
    """Wait for uv, watching time, disk and what it asks of the index."""
    began, free, clock = time.time(), _Free.of(build.folder), StepClock(build.limits.timeout_s)
    while not clock.is_over():
        try:
            return process.wait(LOOKS_EVERY_S)
        except subprocess.TimeoutExpired:
            _check_wanted(build, use)
            clock.note()
            _check_disk(build, free, began)
            clock.resume()
    # An index that fails and is asked again and again is why nothing came of it.
    raise catalogue.failure or InstallTimeout.after(build.limits.timeout_s)


def _check_wanted(build: BuildContext, use: IndexUse) -> None:
    if build.cancel.is_set():
        raise InstallCancelled from None
    if use.excess is not None:
        raise use.excess from None


@dataclass(frozen=True)
class _Free:
    """What is free on a disk; counting files is slow, so that is done only when this shrinks."""

    bytes: int
    files: int

    @classmethod
    def of(cls, folder: Path) -> "_Free":
        state = os.statvfs(folder)
        return cls(state.f_bavail * state.f_frsize, state.f_favail)


def _check_disk(build: BuildContext, before: _Free, started: float) -> None:
    """Raise when uv has written too much since a moment."""
    now, limits = _Free.of(build.folder), build.limits
    if before.bytes - now.bytes > limits.installed_bytes or (
        before.files - now.files > limits.installed_files
    ):
        written = written_since(build.folder, started)
        if written.bytes > limits.installed_bytes or written.files > limits.installed_files:
            raise EnvironmentTooLarge from None


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(_LONGEST_ANSWER).decode(errors="replace")
