"""What an algorithm imports, read from its source: modules that nothing it requires may bring.

What is found is a note and no fault: another required package may bring the module, or the import
may never run. Only imports that certainly have to work are listed, from the entry file and the own
modules that it imports; optional ones (in `try … except ImportError`) and those of other systems
and type checkers are not.
"""

import ast
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from valhub.evaluation.packages.algorithms.algorithm import Algorithm
from valhub.evaluation.packages.algorithms.source_code import (
    declared_encoding,
    parse_source,
)
from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.member_names import is_ignored, shown
from valhub.evaluation.packages.files.text_files import MIB, read_text
from valhub.evaluation.packages.requirements.distribution_names import (
    STANDARD_MODULES,
    brings,
    package_of,
)

_MOST_NOTES = 10
_MOST_SOURCE_BYTES = 2 * MIB
_BROUGHT_BY_PANDAS = canonicalize_name("python-dateutil")
_OPTIONAL = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
# A condition on one of these decides where an import runs at all.
_CONDITIONS = {"TYPE_CHECKING", "__name__", "version_info", "platform", "os", "find_spec"}


@dataclass(frozen=True)
class _Import:
    """One module that a line imports; `names` are all parts of what it may load."""

    top: str
    names: tuple[str, ...]
    line: int
    is_relative: bool


def import_notes(algorithm: Algorithm, provided: Iterable[str] = ()) -> tuple[str, ...]:
    """Say which imported modules no requirement names.

    Parameters
    ----------
    algorithm : Algorithm
        Without a fault; none of its code runs.
    provided : iterable of str
        Requirements that are there without being named, such as those of its task.

    Returns
    -------
    tuple of str
        One sentence for each module, at most ten.
    """
    lines = (*algorithm.requirements.lines, *provided)
    projects = {canonicalize_name(Requirement(line).name) for line in lines}
    if "pandas" in projects:
        projects.add(_BROUGHT_BY_PANDAS)
    has_file = bool(algorithm.requirements.lines)
    return tuple(
        _note(module, place, has_file=has_file)
        for module, place in _foreign(algorithm.root, algorithm.entry.path).items()
        if not any(brings(project, module) for project in projects)
    )[:_MOST_NOTES]


def _note(module: str, place: str, *, has_file: bool) -> str:
    package = f"`{shown(package_of(module))}`"
    missing = (
        f"which requirements.txt does not list. Add {package}, unless another required package"
        " brings it."
        if has_file
        else f"but no requirements.txt lists any packages. Add one with {package}."
    )
    return f"{shown(place)}: imports `{shown(module)}`, {missing}"


def _foreign(root: Path, entry: Path) -> dict[str, str]:
    """Find the modules that come from elsewhere, each with the first place that imports it."""
    own = _own_modules(root)
    followed: set[str] = set()
    foreign: dict[str, str] = {}
    waiting, left = deque([entry]), _MOST_SOURCE_BYTES
    while waiting and left > 0:
        path = waiting.popleft()
        left -= path.stat().st_size
        for each in _imports(path):
            if each.is_relative or each.top in own:
                # Each name leads to its files once, so that the work is linear.
                fresh = set(each.names) - followed
                followed |= fresh
                waiting.extend(file for name in sorted(fresh) for file in own.get(name, ()))
            elif each.top not in STANDARD_MODULES and each.top not in foreign:
                foreign[each.top] = f"{path.relative_to(root).as_posix()}:{each.line}"
    return foreign


def _own_modules(root: Path) -> dict[str, list[Path]]:
    """List the files behind every name that code in an archive can be imported by.

    Wherever a module lies, it counts as its own: `sys.path` and a `src` folder can lead there.
    """
    own: dict[str, list[Path]] = {"submission": [], root.name: []}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix not in (".py", ".so", ".pyd") or is_ignored(name) or not path.is_file():
            continue
        files = [path] if path.suffix == ".py" else []
        for folder in path.relative_to(root).parts[:-1]:
            own.setdefault(folder, [])
        stem = path.parent.name if path.name == "__init__.py" else path.name.partition(".")[0]
        own.setdefault(stem, []).extend(files)
    return own


def _imports(path: Path) -> Iterator[_Import]:
    faults = FaultList(path.name)
    text = read_text(path, faults, file=path.name, encoding=declared_encoding(path))
    try:
        tree = None if text is None else parse_source(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # the entry file was parsed before; another one may never be imported
    waiting: list[ast.AST] = [] if tree is None else [tree]
    while waiting:  # a stack of its own, as source may be nested deeper than Python recurses
        node = waiting.pop()
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield _import(alias.name, (), node.lineno)
        elif isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
            yield _import(node.module or "", names, node.lineno, is_relative=node.level > 0)
        else:
            waiting += reversed(list(_certain_parts(node)))


def _import(module: str, names: Sequence[str], line: int, *, is_relative: bool = False) -> _Import:
    parts = module.split(".")
    return _Import(parts[0], (*parts, *names), line, is_relative)


def _certain_parts(node: ast.AST) -> Iterable[ast.AST]:
    """Return the parts of some code whose imports have to work."""
    if isinstance(node, ast.Try | ast.TryStar) and any(map(_takes_failed_import, node.handlers)):
        return node.finalbody
    if isinstance(node, ast.If) and _names_in(node.test) & _CONDITIONS:
        return ()
    if isinstance(node, ast.With) and _names_in(*node.items) & {"suppress"}:
        return ()
    # Expressions import nothing, and may be very large.
    return (each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.expr))


def _takes_failed_import(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or bool(_names_in(handler.type) & _OPTIONAL)


def _names_in(*nodes: ast.AST) -> set[str]:
    found = (each for node in nodes for each in ast.walk(node))
    return {
        each.id if isinstance(each, ast.Name) else each.attr
        for each in found
        if isinstance(each, ast.Name | ast.Attribute)
    }
