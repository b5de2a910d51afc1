"""The Python installations of this machine that algorithms can run on.

An installation itself is the administrator's and trusted; an algorithm's packages are not, so
this module never looks at them.
"""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import uv

from valhub.evaluation.errors import EvaluationError

_ASK = """
import json, platform, sys, sysconfig
print(json.dumps({
    "prefix": sys.base_prefix,
    "version": platform.python_version(),
    "platform": "-".join([str(sysconfig.get_config_var("SOABI")), *platform.libc_ver()]),
}))
"""
_OLDEST_MINOR = 9  # the oldest that the code inside the sandbox supports
_ANSWERS_WITHIN_S = 30.0
# This machine had no room for one more process; whether the program would run is not known.
_NO_ROOM = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)
_VERSION = re.compile(r"3\.\d{1,2}(\.\d{1,3})?\Z")


class NoInterpreter(EvaluationError):
    """The Python version an algorithm asks for is not installed on this machine."""

    code = "no-interpreter"


class SilentInterpreter(EvaluationError):
    """A Python of this machine did not answer. This is not the algorithm's fault; try again."""

    code = "silent-interpreter"


@dataclass(frozen=True)
class Interpreter:
    """One Python installation.

    Attributes
    ----------
    executable : Path
        Its program, inside `prefix`; never that of a virtual environment.
    prefix : Path
        Folder of the whole installation.
    version : str
        In full, such as `3.11.7`.
    platform : str
        Binary interface and C library: what wheels must fit.
    """

    executable: Path
    prefix: Path
    version: str
    platform: str


def find_interpreter(
    version: str | None = None, environ: Mapping[str, str] | None = None
) -> Interpreter:
    """Find a Python installation.

    Parameters
    ----------
    version : str, optional
        `3.X` or `3.X.Y`; by default the installation that runs this process.
    environ : mapping, optional
        The environment; this process's by default.

    Raises
    ------
    NoInterpreter
        When this machine has none of that version.
    SilentInterpreter
        When it may have one that did not answer in time.
    """
    environ = os.environ if environ is None else environ
    _check_version(version)
    silent: SilentInterpreter | None = None
    for candidate in _candidates(version, environ):
        try:
            found = _inspect(candidate)
        except SilentInterpreter as error:
            silent = error
            continue
        if found and (version is None or f"{found.version}.".startswith(f"{version}.")):
            return found
    if silent is not None or version is None:
        # This process' own installation exists, whatever kept it from answering.
        raise silent or SilentInterpreter
    raise NoInterpreter(
        f"Python {version} is not installed on this machine. Request another version, or ask the"
        " administrator to install it (pyenv, uv python install, or the distribution's package)."
    )


def _check_version(version: str | None) -> None:
    if version is None:
        return
    if not _VERSION.match(version):
        raise NoInterpreter(f"{version!r} is not a Python version. Write it like 3.11.")
    if int(version.split(".")[1]) < _OLDEST_MINOR:
        raise NoInterpreter(f"Python {version} is too old. Request 3.{_OLDEST_MINOR} or newer.")


def _candidates(version: str | None, environ: Mapping[str, str]) -> Iterator[Path]:
    short = ".".join((version or _own_version()).split(".")[:2])
    yield Path(sys.base_prefix, "bin", f"python{_own_version()}")
    if version is None:
        return
    if found := shutil.which(f"python{short}", path=environ.get("PATH")):
        yield Path(found)
    pyenv = Path(environ.get("PYENV_ROOT") or Path(environ.get("HOME", "/"), ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/*/bin/python{short}"), reverse=True)
    yield from _known_to_uv(version)


def _own_version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _known_to_uv(version: str) -> Iterator[Path]:
    command = [uv.find_uv_bin(), "python", "find", "--no-python-downloads", "--no-config", version]
    answer = _asked(command)
    if answer.returncode == 0:
        yield Path(answer.stdout.strip())


def _asked(
    command: Sequence[str | Path], env: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a program that answers at once; raises `SilentInterpreter` when it does not."""
    try:
        answer = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_ANSWERS_WITHIN_S,
            check=False,
            env=env,
        )
    except subprocess.TimeoutExpired:
        raise SilentInterpreter from None
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise SilentInterpreter from None
        raise
    if answer.returncode < 0:  # killed before it could answer
        raise SilentInterpreter
    return answer


def _inspect(executable: Path) -> Interpreter | None:
    """Ask an installation what it is; None when it does not run."""
    try:
        answer = _asked([executable, "-I", "-S", "-c", _ASK], env={})
    except OSError:
        return None
    if answer.returncode != 0:
        return None
    facts = json.loads(answer.stdout)
    prefix = Path(facts["prefix"])
    short = ".".join(facts["version"].split(".")[:2])
    program = prefix / "bin" / f"python{short}"
    if not program.is_file():
        return None
    return Interpreter(program, prefix, facts["version"], facts["platform"])
