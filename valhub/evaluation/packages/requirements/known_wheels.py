"""The last Python that older versions of common packages have wheels for.

Only wheels are installed, so a pinned version older than the worker's Python cannot be. The table
has the packages that people pin most, and for each minor version the newest Python of any of its
wheels on Linux; what it does not list is left to the resolver.
"""

import sys

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

_OLDEST_PYTHON = 9  # the oldest that the guest supports, of Python 3
_LAST = {
    "numpy": {
        **dict.fromkeys(("1.19", "1.20"), 9),
        **dict.fromkeys(("1.21", "1.22"), 10),
        **dict.fromkeys(("1.23", "1.24", "1.25"), 11),
        **dict.fromkeys(("1.26", "2.0"), 12),
        **dict.fromkeys(("2.1", "2.2"), 13),
    },
    "pandas": {"1.2": 9, "1.3": 10, "1.4": 10, "1.5": 11, "2.0": 11, "2.1": 12, "2.2": 13},
    "scipy": {
        **dict.fromkeys(("1.7", "1.8"), 10),
        **dict.fromkeys(("1.9", "1.10"), 11),
        **dict.fromkeys(("1.11", "1.12", "1.13"), 12),
        **dict.fromkeys(("1.14", "1.15"), 13),
    },
    "scikit-learn": {"1.0": 10, "1.1": 11, "1.2": 11, "1.3": 12, "1.4": 12, "1.5": 13},
}


def pinned_too_old(requirement: Requirement, python: str | None) -> tuple[str, str] | None:
    """Say that a pinned version has no wheel for the Python that runs it.

    Parameters
    ----------
    requirement : Requirement
        Any requirement; only `==` with one version is judged.
    python : str or None
        The Python that is asked for, such as `3.10`; None for this one.

    Returns
    -------
    tuple of str or None
        The problem and its fix.
    """
    pins = [part.version for part in requirement.specifier if part.operator == "=="]
    minor = int(python.partition(".")[2]) if python else sys.version_info.minor
    last = _last_python(requirement.name, pins[0]) if len(pins) == 1 else None
    if last is None or minor <= last:
        return None
    return (
        f"{requirement.name} {pins[0]} has wheels up to Python 3.{last}, and not for 3.{minor}.",
        _fix(last),
    )


def wheel_hint(name: str, version: str) -> str:
    """Say which Python a version has wheels for; empty when that is unknown."""
    last = _last_python(name, version)
    return (
        "" if last is None else f"{name} {version} has wheels up to Python 3.{last}. {_fix(last)}"
    )


def _last_python(name: str, version: str) -> int | None:
    try:
        release = (*Version(version.removesuffix(".*")).release, 0)
    except InvalidVersion:
        return None
    return _LAST.get(canonicalize_name(name), {}).get(f"{release[0]}.{release[1]}")


def _fix(last: int) -> str:
    # The first patches of a minor version often had no wheel yet for the newest Python.
    python = max(_OLDEST_PYTHON, last - 1)
    return f"Write 3.{python} into .python-version, or require a newer version."
