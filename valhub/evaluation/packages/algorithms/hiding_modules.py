"""Modules of an algorithm that have the name of a module of Python itself.

The algorithm's folder comes first when anything is imported, so a helper `random.py` is what NumPy
gets when it imports `random`.
"""

import sys
from pathlib import Path

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.member_names import shown

_MOST = 10
# Everybody has a test.py, and nothing imports Python's own tests.
_HARMLESS = frozenset({"test", "this", "antigravity", "idlelib", "turtledemo", "lib2to3"})


def hiding_modules(root: Path) -> list[str]:
    """List the modules and packages directly in a folder that can hide one of Python's."""
    own = [path for path in sorted(root.iterdir()) if _is_module(path)]
    hiding = sys.stdlib_module_names - _HARMLESS
    return [path.name for path in own if path.name.removesuffix(".py") in hiding]


def note_hiding(root: Path, faults: FaultList) -> None:
    """Note them for the algorithm's author."""
    for name in hiding_modules(root)[:_MOST]:
        module = name.removesuffix(".py")
        problem = f"It has the name of Python's own module {module}, and can hide it from every"
        faults.note(f"{problem} package.", "Rename it.", file=shown(name))


def _is_module(path: Path) -> bool:
    return path.suffix == ".py" or (path / "__init__.py").is_file()
