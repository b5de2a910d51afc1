"""Requirements and their locks: what must be installed, and the exact, hashed list it resolves to.

The lock of a list of requirements is kept and reused, for good: the same submission gets
the same packages today and in a year, and a warm start resolves nothing. To resolve anew,
delete the file in the store's `locks` folder. What one machine keeps, another does not have, so a
caller can bring `KeptLocks` of its own, which go before the store's.
"""

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from valhub.evaluation.execution.environments.errors import (
    InstallFailed,
    UnresolvableRequirements,
)
from valhub.evaluation.execution.environments.interpreters import Interpreter
from valhub.evaluation.received_values import problem_of
from valhub.texts import cut

_UNDATED = "# no upload times: "
# One line of a lock; whatever else an installer wrote would be read as a requirement or an option.
_LINE = re.compile(
    r"([A-Za-z0-9][\w.-]*==[\w.!+-]+( ; [^\\]+)?|    --hash=\w+:[0-9a-f]+)?"
    r"( \\)?",
    re.ASCII,
)
_LOCKED = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True)
class Lock:
    """What a list of requirements resolved to.

    Attributes
    ----------
    text : str
        As an installer reads it: every package with version and digests.
    undated : tuple of str
        Locked projects whose upload times the index did not give, although newer uploads were not
        to count: resolved anew, they could come out newer.
    """

    text: str
    undated: tuple[str, ...] = ()

    @classmethod
    def resolved(cls, text: str, undated: Collection[str]) -> "Lock":
        """Make a lock, keeping of the undated projects those that it holds.

        Raises
        ------
        InstallFailed
            When the text has anything but versions and their digests.
        """
        wrong = next((line for line in text.split("\n") if not _LINE.fullmatch(line)), None)
        if wrong is not None or problem_of(text):
            raise InstallFailed(
                "The installer gave a list of packages with something else in it: "
                f"{cut(wrong or '')!r}."
            )
        locked = {canonicalize_name(name) for name, _ in _LOCKED.findall(text)}
        return cls(text, tuple(sorted(locked.intersection(undated))))

    @property
    def versions(self) -> tuple[str, ...]:
        """Every package as `name==version`."""
        return tuple(f"{name}=={version}" for name, version in _LOCKED.findall(self.text))

    def document(self) -> str:
        """The form in which it is kept."""
        return f"{_UNDATED}{', '.join(self.undated)}\n{self.text}" if self.undated else self.text

    @classmethod
    def from_document(cls, document: str) -> "Lock":
        """Read the form in which it is kept."""
        if not document.startswith(_UNDATED):
            return cls(document)
        first, _, text = document.removeprefix(_UNDATED).partition("\n")
        return cls(text, tuple(first.split(", ")))


class KeptLocks(Protocol):
    """Locks that last longer than a machine, by the name of their question."""

    def find(self, name: str) -> str | None:
        """Return the document of a lock, None when none is kept."""

    def keep(self, name: str, document: str) -> str:
        """Keep a document unless one is kept already; return the one that is kept."""


@dataclass(frozen=True)
class LockPolicy:
    """What makes requirements resolve to the same packages next year.

    Attributes
    ----------
    exclude_newer : str or None
        Day or time; files uploaded later are left out.
    kept : KeptLocks or None
        Where locks are kept besides this machine's store.
    """

    exclude_newer: str | None = None
    kept: KeptLocks | None = None


@dataclass(frozen=True)
class LockQuestion:
    """Everything that a lock depends on, apart from the day it was made.

    Attributes
    ----------
    lines : tuple of str
        Requirements as PEP 508 writes them.
    index : str
        Fingerprint of the package index.
    exclude_newer : str or None
        Day or time; files uploaded later are left out.
    """

    lines: tuple[str, ...]
    python: Interpreter
    index: str
    exclude_newer: str | None = None

    @property
    def name(self) -> str:
        """Name under which the answer is kept."""
        facts = (*sorted(self.lines), *_facts(self.python), self.index, self.exclude_newer or "")
        return _digest("\n".join(facts))

    @property
    def lasting_name(self) -> str:
        """Name under which the answer is kept for longer than this machine.

        Neither the index nor the patch release of Python or the C library is part of it: they
        change with machines, and the same files suit them.
        """
        minor = ".".join(self.python.version.split(".")[:2])
        abi = "-".join(self.python.platform.split("-")[:-2])
        return _digest("\n".join((*sorted(self.lines), minor, abi)))


def checked(lines: Sequence[str]) -> tuple[str, ...]:
    """Return requirements without blanks, rejecting everything but names and versions.

    Raises
    ------
    UnresolvableRequirements
        For a line with an address, a path or an option; a requirements.txt that was read by
        `requirements_txt` has none.
    """
    kept = tuple(line.strip() for line in lines if line.strip())
    for line in kept:
        requirement = _parsed(line)
        if requirement.url or "\n" in line or "$" in line:
            raise UnresolvableRequirements(
                f"{line!r} is not a requirement. Write a name with versions, like pvlib>=0.11."
            )
    return kept


def with_needed(lines: Sequence[str], needed: Sequence[str]) -> tuple[str, ...]:
    """Add the needed requirements whose projects are not required already.

    A requirement with a marker may not apply, so it does not count; naming a project twice
    does no harm.

    Parameters
    ----------
    needed : sequence of str
        Requirements, such as `("numpy", "pandas>=2")`.
    """
    requirements = [_parsed(line) for line in lines]
    named = {canonicalize_name(each.name) for each in requirements if each.marker is None}
    missing = (each for each in needed if canonicalize_name(_parsed(each).name) not in named)
    return (*lines, *missing)


def lock_hash(lock: str) -> str:
    """Return the content hash of a lock."""
    return _digest(lock)


def environment_key(lock: str, python: Interpreter) -> str:
    """Return the name of the one environment that a lock stands for on a Python."""
    return _digest("\n".join((lock, *_facts(python))))


def _parsed(line: str) -> Requirement:
    try:
        return Requirement(line)
    except InvalidRequirement as error:
        detail = f"{line!r} is not a requirement. Write a name with versions, like pvlib>=0.11."
        raise UnresolvableRequirements(detail) from error


def _facts(python: Interpreter) -> tuple[str, str]:
    return python.version, python.platform


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
