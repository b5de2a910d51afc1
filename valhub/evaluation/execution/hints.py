"""Sentences for the author of an algorithm: how to fix what an exception does not explain."""

from pathlib import Path

from valhub.evaluation.packages.algorithms.hiding_modules import hiding_modules

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
    hiding = [name for name in hiding_modules(code) if _is_involved(name, error, shown_at)]
    if not hiding:
        return ""
    names = ", ".join(hiding[:_SHOWN_NAMES])
    it = "it" if len(hiding) == 1 else "each of them"
    return f" {names}: Python has a module of this name, which the file hides. Rename {it}."


def _is_involved(name: str, error: dict[str, object], shown_at: str) -> bool:
    """Whether an exception came out of a module, or is about one of its name."""
    base, message, places = error.get("base"), error.get("message"), error.get("places")
    path = f"{shown_at}/{name}" if name.endswith(".py") else f"{shown_at}/{name}/__init__.py"
    module = name.removesuffix(".py")
    went_through = isinstance(places, list) and any(
        isinstance(place, list) and any(isinstance(part, str) and part == path for part in place)
        for place in places
    )
    # Only texts are compared: an array is equal to one in each of its places.
    about = isinstance(base, str) and base in _ABOUT_NAMES
    return went_through or (about and isinstance(message, str) and f"'{module}'" in message)
