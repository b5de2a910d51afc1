"""Requirements and their locks: what must be installed, and the exact, hashed list it resolves to.

The lock of a list of requirements is kept and reused, for good: the same submission gets
the same packages today and in a year, and a warm start resolves nothing. To resolve anew,
delete the file in the store's `locks` folder.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from valhub.evaluation.execution.environments.errors import UnresolvableRequirements
from valhub.evaluation.execution.environments.interpreters import Interpreter


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


def checked(lines: Sequence[str]) -> tuple[str, ...]:
    """Return requirements without blanks, rejecting everything but names and versions.

    Raises
    ------
    UnresolvableRequirements
        For a line with an address, a path or an option; a requirements.txt that was read by
        `packages.requirements` has none.
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
    """Add the needed projects that the requirements leave out.

    A requirement with a marker may not apply, so it does not count; naming a project twice
    does no harm.

    Parameters
    ----------
    needed : sequence of str
        Project names, such as `("numpy", "pandas")`.
    """
    requirements = [_parsed(line) for line in lines]
    named = {canonicalize_name(each.name) for each in requirements if each.marker is None}
    return (*lines, *(name for name in needed if canonicalize_name(name) not in named))


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
