"""The three steps that make an environment, each one in a sandbox: resolve, install, compile."""

import os
import subprocess
from collections.abc import Sequence

from valhub.evaluation.execution.environments.build_context import BuildContext
from valhub.evaluation.execution.environments.errors import (
    InstallCancelled,
    InstallFailed,
    InvalidRequirements,
    shortened,
    unresolvable,
)
from valhub.evaluation.execution.environments.package_index import PackageIndex
from valhub.evaluation.execution.environments.requirement_locks import Lock
from valhub.evaluation.execution.environments.step_clock import LOOKS_EVERY_S, StepClock
from valhub.evaluation.execution.environments.upload_cutoff import UploadCutoff
from valhub.evaluation.execution.environments.uv_process import UvAnswer, run_uv_pip

# How uv words what no machine could install.
_MALFORMED = ("The wheel is invalid", "`RECORD` file is invalid")
_UNSATISFIABLE = 1  # uv's exit status for "no solution", as opposed to "went wrong"


def resolve(
    build: BuildContext,
    index: PackageIndex,
    lines: Sequence[str],
    *,
    exclude_newer: str | None = None,
) -> Lock:
    """Resolve requirements to a lock: every package with version and digests.

    Parameters
    ----------
    lines : sequence of str
        Requirements as PEP 508 writes them.
    exclude_newer : str, optional
        Day or time, see `upload_dates`; files uploaded later are left out, except those of a
        version required with `==`, and of projects whose upload times the index does not give.

    Returns
    -------
    Lock
        It names no index.

    Raises
    ------
    UnresolvableRequirements
        When no set of wheels satisfies the requirements.
    EnvironmentTooLarge
        When a package that has to be looked into takes more disk than the limit.
    NoPackageIndex, InstallFailed, InstallTimeout
        When it is this machine's fault.
    """
    # The index that uv sees has no newer files: uv's own option would also drop undated ones.
    cutoff = UploadCutoff.for_requirements(exclude_newer, lines) if exclude_newer else None
    plain = ("--no-header", "--no-annotate", "--no-emit-index-url", "--no-sources")
    words = ("compile", "-", "--generate-hashes", *plain)
    answer = run_uv_pip(build, index, words, given="\n".join(lines), cutoff=cutoff)
    if answer.status == _UNSATISFIABLE:
        raise unresolvable(answer.said, exclude_newer)
    if answer.status != 0:
        raise _broke_off("Resolving the requirements", answer)
    return Lock.resolved(answer.output, answer.undated)


def install(build: BuildContext, index: PackageIndex, lock: str, *, name: str) -> None:
    """Install exactly what a lock says into the build's `building/<name>/site-packages`.

    Raises
    ------
    EnvironmentTooLarge
        When the packages take more than the limit.
    InvalidRequirements
        When a package is malformed.
    NoPackageIndex, InstallFailed, InstallTimeout
        When it is this machine's fault.
    """
    target = build.site_packages(name)
    exactly = ("--no-deps", "--require-hashes", "--link-mode", "hardlink")
    words = ("install", "-r", "-", "--target", target, *exactly)
    answer = run_uv_pip(build, index, words, given=lock)
    if answer.status != 0 and any(words in answer.said for words in _MALFORMED):
        raise InvalidRequirements(f"A required package is malformed: {shortened(answer.said)}")
    if answer.status != 0:
        raise _broke_off("Installing the packages", answer)


def compile_bytecode(build: BuildContext, *, name: str) -> bool:
    """Compile what was installed, without any network; return whether all of it was.

    Tests are left out, as nothing imports them. The files never change, so the bytecode is
    marked to be used without looking at the source again.
    """
    # Without -S the interpreter would run the .pth files of what it finds, even only to compile.
    program = [str(build.python.executable), "-I", "-S", "-m", "compileall", "-q"]
    options = ["-x", "/tests?/", "--invalidation-mode", "unchecked-hash"]
    jobs = ["-j", str(os.cpu_count() or 1)]
    command = build.command([*program, *options, *jobs, build.site_packages(name)])
    clock = StepClock(build.limits.timeout_s)
    with build.sandbox.start(command) as process:
        while not clock.is_over():
            try:
                return process.wait(LOOKS_EVERY_S) == 0
            except subprocess.TimeoutExpired:
                if build.cancel.is_set():
                    raise InstallCancelled from None
    return False


def _broke_off(step: str, answer: UvAnswer) -> InstallFailed:
    reason = shortened(answer.said) if answer.said.strip() else f"exit status {answer.status}."
    return InstallFailed(f"{step} failed: {reason}")
