"""What to do about requirements that cannot be resolved, read from what uv says about them."""

import re
from collections.abc import Iterator

from valhub.evaluation.packages.requirements.known_wheels import wheel_hint
from valhub.evaluation.packages.requirements.requirement_names import name_hint

_MOST = 5
_NAME = r"[A-Za-z0-9][\w.-]{0,100}"
_UNKNOWN = re.compile(rf"({_NAME}) was not found in the package registry")
_NO_WHEEL = re.compile(rf"Wheels are required for `({_NAME})`")
_PINNED = re.compile(rf"({_NAME})==([\w.]{{1,50}}) has no (?:usable )?wheels")
_OTHER_SYSTEM = re.compile(rf"Wheels are available for `({_NAME})`[^:]{{0,80}} platforms?: ([^.]+)")
_LOCAL = re.compile(rf"there is no version of ({_NAME})==([\w.]{{1,50}})\+")
_LINUX = re.compile(r"linux", re.IGNORECASE)


def hints(said: str) -> str:
    """Give the hints about what uv said, as sentences with a space in front; may be empty.

    Parameters
    ----------
    said : str
        uv's standard error, on one line.
    """
    found = list(dict.fromkeys(hint for hint in _found(said) if hint))
    return "".join(f" {hint}" for hint in found[:_MOST])


def _found(said: str) -> Iterator[str]:
    pins = dict(_PINNED.findall(said))
    for name in _UNKNOWN.findall(said):
        yield name_hint(name)
    for name in _NO_WHEEL.findall(said):
        plain = f"{name} has no wheel that fits, and only wheels are installed."
        yield name_hint(name) or wheel_hint(name, pins.get(name, "")) or plain
    for name, platforms in _OTHER_SYSTEM.findall(said):
        if not _LINUX.search(platforms):
            yield f"{name} has no wheel for Linux, where algorithms run."
    for name, version in _LOCAL.findall(said):
        yield f"Public indexes have no local versions: require {name}=={version}."
