"""Python source read without running it: which names a module makes, and what they take."""

import ast
import codecs
import inspect
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from valhub.evaluation.packages.algorithms.source_faults import syntax_fault
from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.text_files import read_text
from valhub.evaluation.packages.limits import MOST_BRACES
from valhub.evaluation.packages.parser_errors import read_or_note

_SOME_VALUE = object()
_COOKIE_BYTES = 400
_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.ASCII)
_F_STRING = re.compile(r"\b(f|fr|rf)[\"']", re.IGNORECASE)
_ENCODINGS = re.compile(
    r"latin-?1|iso-?8859-\d{1,2}|(windows-|cp)\d{3,4}|shift-jis|euc-(jp|kr)|gbk|gb2312|gb18030|"
    r"big5|koi8-[ru]|mac-roman|(us-)?ascii"
)


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
    parameters : tuple of inspect.Parameter or None
        What a function takes; None where only running it would show. A default is None where the
        source says None, and else stands for any value.
    in_branch : bool
        Whether it is made inside an `if`, a `try` or a loop, so that an earlier one may stay.
    """

    kind: str
    line: int
    positional: int | None = None
    parameters: tuple[inspect.Parameter, ...] | None = None
    in_branch: bool = False


@dataclass(frozen=True)
class InnerFunction:
    """A function inside a class or another function; `place` says where, such as `class Model`."""

    name: str
    place: str
    line: int


@dataclass(frozen=True)
class Module:
    """The names a module's top level makes.

    Attributes
    ----------
    bindings : dict of str to Binding
        The last one counts where a name is made twice.
    has_star_import : bool
        Whether it may have further names that only running it would show.
    inner : tuple of InnerFunction
        Functions that nobody can call from outside.
    """

    bindings: dict[str, Binding]
    has_star_import: bool
    inner: tuple[InnerFunction, ...] = ()


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
    text = read_text(path, faults, file=file, encoding=declared_encoding(path))
    if text is None:
        return None
    tree = read_or_note(
        lambda: _parsed(text, faults, file),
        faults,
        "This cannot be parsed as Python",
        "Simplify it.",
        file=file,
        runs_out_of_stack=True,
    )
    if tree is None:
        return None
    bindings: dict[str, Binding] = {}
    for name, binding in _bindings(tree.body):
        again = name in bindings and binding.in_branch
        bindings[name] = _unknown(binding) if again else binding
    star = bindings["*"].line if "*" in bindings else 0
    settled = {name: _unknown(b) if b.line < star else b for name, b in bindings.items()}
    return Module(settled, "*" in bindings, tuple(_inner(tree)))


def declared_encoding(path: Path) -> str:
    """Return the encoding that a Python file declares in its first two lines; UTF-8 if none.

    Only encodings of texts that people's editors write count, because some of Python's codecs are
    slow or no encodings of text.
    """
    with path.open("rb") as stream:
        head = stream.read(_COOKIE_BYTES).split(b"\n", 2)[:2]
    found = next((match for line in head if (match := _COOKIE.match(line))), None)
    if found is None:
        return "utf-8-sig"
    name = found[1].decode("ascii").lower().replace("_", "-")
    try:
        return codecs.lookup(name).name if _ENCODINGS.fullmatch(name) else "utf-8-sig"
    except LookupError:
        return "utf-8-sig"


def _inner(tree: ast.Module) -> Iterator[InnerFunction]:
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    for outer in tree.body:
        if isinstance(outer, ast.ClassDef | ast.FunctionDef):
            kind = "class" if isinstance(outer, ast.ClassDef) else "function"
            for node in outer.body:
                if isinstance(node, functions):
                    yield InnerFunction(node.name, f"{kind} {outer.name}", node.lineno)


def parse_source(text: str) -> ast.Module | None:
    """Parse source, unless that could take minutes; raises what `ast.parse` does."""
    if text.count("{") > MOST_BRACES and _F_STRING.search(text):
        return None
    with warnings.catch_warnings():
        # Warnings about uploaded code are its author's concern, not the hub's.
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _parsed(text: str, faults: FaultList, file: str) -> ast.Module | None:
    try:
        tree = parse_source(text)
        if tree is None:
            problem = f"There are f-strings in it and more than {MOST_BRACES:,} opening braces."
            faults.add(problem, "Move data into a file of its own.", file=file)
        return tree
    except SyntaxError as error:
        lines, number = text.split("\n"), error.lineno or 0
        line = lines[number - 1] if 0 < number <= len(lines) else ""
        faults.add(*syntax_fault(error.msg, line), file=file, line=error.lineno)
        return None


def _unknown(binding: Binding) -> Binding:
    """Forget what a function takes: the name may stand for another one when it is called."""
    return replace(binding, positional=None, parameters=None)


def _bindings(body: list[ast.stmt]) -> Iterator[tuple[str, Binding]]:
    """Yield what statements bind, in order; an `elif` lies inside the `else` of the one before.

    A chain of thousands of them is as deep, so this keeps its own stack.
    """
    pending = [(node, False) for node in reversed(body)]
    while pending:
        node, in_branch = pending.pop()
        for name, binding in _bound(node):
            yield name, replace(binding, in_branch=in_branch)
        # Names are often made inside `try: … except ImportError: …` or `if …:`.
        inner = [one for statements in _inner_bodies(node) for one in statements]
        pending += [(one, True) for one in reversed(inner)]


def _bound(node: ast.stmt) -> Iterator[tuple[str, Binding]]:
    if isinstance(node, ast.FunctionDef):
        yield node.name, _function(node)
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


def _assigned(node: ast.Assign | ast.AnnAssign) -> Iterator[tuple[str, Binding]]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    binding = Binding("value", node.lineno)
    if isinstance(node.value, ast.Lambda):
        binding = _taking("function", node, node.value.args)
    for target in targets if node.value else []:
        for name in ast.walk(target):
            # `f.limit = 3` reads f and makes no name.
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                yield name.id, binding


def _function(node: ast.FunctionDef) -> Binding:
    # What a decorator makes of a function, only running it would show.
    if node.decorator_list:
        return Binding("function", node.lineno)
    return _taking("function", node, node.args)


def _taking(kind: str, node: ast.stmt, arguments: ast.arguments) -> Binding:
    return Binding(kind, node.lineno, _positional(arguments), tuple(_parameters(arguments)))


def _parameters(arguments: ast.arguments) -> Iterator[inspect.Parameter]:
    """Write the arguments of a `def` as `inspect.signature` would."""
    kinds = inspect.Parameter
    positional = [*arguments.posonlyargs, *arguments.args]
    required = len(positional) - len(arguments.defaults)
    defaults = [*[None] * required, *arguments.defaults]
    for number, (argument, default) in enumerate(zip(positional, defaults, strict=True)):
        only = number < len(arguments.posonlyargs)
        yield kinds(
            argument.arg,
            kinds.POSITIONAL_ONLY if only else kinds.POSITIONAL_OR_KEYWORD,
            default=_default(default),
        )
    if arguments.vararg:
        yield kinds(arguments.vararg.arg, kinds.VAR_POSITIONAL)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield kinds(argument.arg, kinds.KEYWORD_ONLY, default=_default(default))
    if arguments.kwarg:
        yield kinds(arguments.kwarg.arg, kinds.VAR_KEYWORD)


def _default(node: ast.expr | None) -> object:
    if node is None:
        return inspect.Parameter.empty
    return None if isinstance(node, ast.Constant) and node.value is None else _SOME_VALUE


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
