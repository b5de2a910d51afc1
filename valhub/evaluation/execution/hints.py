"""Sentences for the author of an algorithm: how to fix what an exception does not explain."""

import sys
from pathlib import Path

_READ_ONLY = (
    " The algorithm's own files cannot be changed. "
    "Write to a new file in the working folder, or in /tmp."
)
_SHOWN_NAMES = 3
_ABOUT_NAMES = ("ImportError", "ModuleNotFoundError", "AttributeError")


def hint(error: dict[str, object], code: Path, shown_at: str) -> str:
    """Return a further sentence on an exception, or nothing.

    Parameters
    ----------
    error : dict
        What the guest's `raised.describe` wrote, which may be anything.
    code : Path
        The algorithm's folder on this machine.
    shown_at : str
        The same folder inside.
    """
    if error.get("read_only") is True:
        return _READ_ONLY
    hiding = [name for name in _hiding_python(code) if _is_involved(name, error, shown_at)]
    if not hiding:
        return ""
    names = ", ".join(f"{name}.py" for name in hiding[:_SHOWN_NAMES])
    it = "it" if len(hiding) == 1 else "each of them"
    return f" {names}: Python has a module of this name, which the file hides. Rename {it}."


def _hiding_python(code: Path) -> list[str]:
    return sorted({path.stem for path in code.glob("*.py")} & sys.stdlib_module_names)


def _is_involved(name: str, error: dict[str, object], shown_at: str) -> bool:
    """Whether an exception came out of a file, or is about a module of its name."""
    base, message, places = error.get("base"), error.get("message"), error.get("places")
    path = f"{shown_at}/{name}.py"
    went_through = isinstance(places, list) and any(
        isinstance(place, list) and any(isinstance(part, str) and part == path for part in place)
        for place in places
    )
    # Only texts are compared: an array is equal to one in each of its places.
    about = isinstance(base, str) and base in _ABOUT_NAMES
    return went_through or (about and isinstance(message, str) and f"'{name}'" in message)
