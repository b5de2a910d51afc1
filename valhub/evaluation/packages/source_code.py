"""Python source read without running it: which names a module makes, and what they take."""

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.text_files import read_text


@dataclass(frozen=True)
class Binding:
    """What a module's top level binds to one name.

    Attributes
    ----------
    kind : str
        `function`, `async`, `class`, or `value` for an assignment or import, which cannot be
        judged without running it.
    line : int
        Where.
    positional : int or None
        How many positional arguments a function takes; None for any number or unknown.
    """

    kind: str
    line: int
    positional: int | None = None


@dataclass(frozen=True)
class Module:
    """The names a module's top level makes.

    Attributes
    ----------
    bindings : dict of str to Binding
        The last one counts where a name is made twice.
    has_star_import : bool
        Whether it may have further names that only running it would show.
    """

    bindings: dict[str, Binding]
    has_star_import: bool


def read_module(path: Path, faults: FaultList, *, file: str) -> Module | None:
    """Parse a Python file.

    Parameters
    ----------
    path : Path
        The file; it exists.
    faults : FaultList
        Takes note of a file that is too large, not UTF-8, or not Python, with the line.
    file : str
        The path inside the package, for the faults.

    Returns
    -------
    Module or None
        None when a fault was noted.
    """
    text = read_text(path, faults, file=file)
    if text is None:
        return None
    try:
        with warnings.catch_warnings():
            # Warnings about uploaded code are its author's concern, not the hub's.
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        faults.add(
            f"This is not valid Python: {error.msg}.", "Correct it.", file=file, line=error.lineno
        )
        return None
    except (ValueError, RecursionError, MemoryError):
        faults.add("This cannot be parsed as Python.", "Simplify it.", file=file)
        return None
    bindings: dict[str, Binding] = {}
    for name, binding in _bindings(tree.body):
        bindings[name] = binding
    return Module(bindings, "*" in bindings)


def _bindings(body: list[ast.stmt]) -> Iterator[tuple[str, Binding]]:
    for node in body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, Binding("function", node.lineno, _positional(node.args))
        elif isinstance(node, ast.AsyncFunctionDef):
            yield node.name, Binding("async", node.lineno)
        elif isinstance(node, ast.ClassDef):
            yield node.name, Binding("class", node.lineno)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                yield name, Binding("value", node.lineno)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            yield from _assigned(node)
        else:
            # Names are often made inside `try: … except ImportError: …` or `if …:`.
            for inner in _inner_bodies(node):
                yield from _bindings(inner)


def _assigned(node: ast.Assign | ast.AnnAssign) -> Iterator[tuple[str, Binding]]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    positional = _positional(node.value.args) if isinstance(node.value, ast.Lambda) else None
    kind = "function" if isinstance(node.value, ast.Lambda) else "value"
    for target in targets if node.value else []:
        for name in ast.walk(target):
            if isinstance(name, ast.Name):
                yield name.id, Binding(kind, node.lineno, positional)


def _inner_bodies(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    if isinstance(node, ast.If | ast.For | ast.While):
        yield from (node.body, node.orelse)
    elif isinstance(node, ast.With):
        yield node.body
    elif isinstance(node, ast.Try):
        yield node.body
        yield from (handler.body for handler in node.handlers)
        yield from (node.orelse, node.finalbody)


def _positional(arguments: ast.arguments) -> int | None:
    if arguments.vararg:
        return None
    return len(arguments.posonlyargs) + len(arguments.args)
