"""Finding the function that will be called, without importing the code it is in."""

from dataclasses import dataclass
from pathlib import Path

from valhub.evaluation.packages.algorithms.argument_binding import Mismatch
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.algorithms.source_code import Binding, Module, read_module
from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.member_names import is_ignored
from valhub.evaluation.packages.files.near_names import missing_entry, rename_hint
from valhub.evaluation.packages.files.text_files import MIB
from valhub.evaluation.packages.limits import MOST_PARAMETERS, MOST_SOURCE_BYTES
from valhub.evaluation.packages.suggestions import did_you_mean

WRAPPER = "submission_wrapper.py"


@dataclass(frozen=True)
class EntryPoint:
    """The function to call.

    Attributes
    ----------
    module : str
        The module to import, such as `submission_wrapper`, with the root folder on the path.
    function : str
        Its name in that module.
    path : Path
        The file in which it was found.
    root_is_package : bool
        Whether the root folder is itself the Python package `module`; then the folder that holds
        the root goes on the path, and not the root.
    called_with : str
        What it is called with and whether by name or by position, in words; empty where only
        running it would show.
    """

    module: str
    function: str
    path: Path
    root_is_package: bool = False
    called_with: str = ""


@dataclass(frozen=True)
class Expectation:
    """The function that a package or an algorithm must have.

    Attributes
    ----------
    function : str
        Its name.
    arguments : tuple of str
        What it is called with at least, by position.
    offered : OfferedArguments or None
        What a task offers besides; None leaves that to the sandbox.
    """

    function: str
    arguments: tuple[str, ...]
    offered: OfferedArguments | None = None


def wrapper_root(root: Path) -> Path:
    """Return the folder that holds `submission_wrapper.py`: the root, or its only folder with one.

    People often pack a folder together with a README, so the archive has no single top folder.
    """
    inner = [path.parent for path in sorted(root.glob(f"*/{WRAPPER}")) if path.is_file()]
    return inner[0] if len(inner) == 1 and not (root / WRAPPER).exists() else root


def find_wrapper(root: Path, expected: Expectation, faults: FaultList) -> EntryPoint | None:
    """Find the function of a task package's algorithm, in `submission_wrapper.py`.

    Parameters
    ----------
    root : Path
        The folder that holds it, from `wrapper_root`.
    expected : Expectation
        The function.
    faults : FaultList
        Takes note of a missing file, source that is not Python, and a function that is missing,
        misspelt or of the wrong kind.

    Returns
    -------
    EntryPoint or None
        None when a fault was noted.
    """
    path = root / WRAPPER
    if not path.is_file():
        python = sorted(child.name for child in root.glob("*.py"))
        hint = rename_hint(WRAPPER, python)
        plain = (
            f"The algorithm has no {WRAPPER}.",
            f"Add it, with the function {expected.function}. {hint}".strip(),
        )
        faults.add(*(missing_entry(root, WRAPPER, expected.function) or plain))
        return None
    module = read_module(path, faults, file=WRAPPER)
    if module is None or not _is_exported(module, expected, faults, WRAPPER):
        return None
    called_with = _called_with(module.bindings.get(expected.function), expected)
    return EntryPoint(path.stem, expected.function, path, called_with=called_with)


def _called_with(binding: Binding | None, expected: Expectation) -> str:
    if binding is None or binding.parameters is None or expected.offered is None:
        return ""
    return expected.offered.describe(binding.parameters)


def find_export(root: Path, expected: Expectation, faults: FaultList) -> EntryPoint | None:
    """Find the function of a script package or of its algorithm, in a package or a `main.py`.

    Searched in this order: the root itself when it is a Python package, `main.py`,
    `submission_wrapper.py`, and the Python packages in the root. The first that has the name is it.

    Parameters
    ----------
    root : Path
        The top folder.
    expected : Expectation
        The function.
    faults : FaultList
        Takes note of what `find_wrapper` does, and of two packages that both export the function.

    Returns
    -------
    EntryPoint or None
        None when a fault was noted.
    """
    candidates = _candidates(root)
    found = []
    modules: dict[str, Module] = {}
    size = sum(candidate.path.stat().st_size for candidate in candidates)
    if size > MOST_SOURCE_BYTES:
        faults.add(
            f"{expected.function} is looked for in {len(candidates)} modules with {size / MIB:.1f} "
            f"MiB in total; at most {MOST_SOURCE_BYTES // MIB} MiB are allowed.",
            "Move other packages into a folder of their own.",
        )
        return None
    for candidate in candidates:
        file = candidate.path.relative_to(root).as_posix()
        module = read_module(candidate.path, faults, file=file)
        if module is None:
            return None
        modules[file] = module
        if expected.function in module.bindings or module.has_star_import:
            found.append((candidate, file))
    if not found:
        _note_nothing_found(root, modules, expected, faults)
        return None
    entry, file = found[0]
    if len(found) > 1 and all(other.path.name == "__init__.py" for other, _ in found):
        faults.add(
            f"Two Python packages export {expected.function}: {file} and {found[1][1]}.",
            "Keep one, or add a main.py that imports the right one.",
        )
        return None
    if not _is_exported(modules[file], expected, faults, file):
        return None
    return EntryPoint(entry.module, expected.function, entry.path, entry.root_is_package)


def _candidates(root: Path) -> list[EntryPoint]:
    found = []
    if (root / "__init__.py").is_file() and root.name.isidentifier():
        found.append(EntryPoint(root.name, "", root / "__init__.py", root_is_package=True))
    for name in ("main.py", WRAPPER):
        if (root / name).is_file():
            found.append(EntryPoint(Path(name).stem, "", root / name))
    for path in sorted(root.glob("*/__init__.py")):
        if path.is_file() and path.parent.name.isidentifier() and not is_ignored(path.parent.name):
            found.append(EntryPoint(path.parent.name, "", path))
    return found


def _note_nothing_found(
    root: Path, modules: dict[str, Module], expected: Expectation, faults: FaultList
) -> None:
    if not modules:
        plain = (
            "There is neither a main.py nor a Python package (a folder with __init__.py).",
            f"Add one that exports {expected.function}({', '.join(expected.arguments)}).",
        )
        faults.add(*(missing_entry(root, "main.py", expected.function) or plain))
    for file, module in modules.items():
        _is_exported(module, expected, faults, file)


def _is_exported(module: Module, expected: Expectation, faults: FaultList, file: str) -> bool:
    """Return whether a module has the function, and note why not."""
    call = f"{expected.function}({', '.join(expected.arguments)})"
    binding = module.bindings.get(expected.function)
    if binding is None:
        if module.has_star_import:
            return True  # Only running it would show, and the sandbox does.
        _note_missing(module, expected, call, faults, file)
        return False
    problem = _kind_problem(binding, expected)
    if problem:
        faults.add(*problem, file=file, line=binding.line)
    return problem is None


def _note_missing(
    module: Module, expected: Expectation, call: str, faults: FaultList, file: str
) -> None:
    name = expected.function
    inner = next((one for one in module.inner if one.name == name), None)
    if inner:
        faults.add(
            f"The function {name} is inside the {inner.place}, so it cannot be called.",
            f"Define {call} at the left margin; it can use the {inner.place.split()[0]}.",
            file=file,
            line=inner.line,
        )
        return
    own = [known for known, bound in module.bindings.items() if bound.kind != "class"]
    hint = did_you_mean(name, own)
    hint = hint if hint.startswith("Did") else ""
    fix = f"Define {call}. {hint}".strip()
    faults.add(f"The function {name} is missing.", fix, file=file)


def _kind_problem(binding: Binding, expected: Expectation) -> tuple[str, str] | None:
    name, needed = expected.function, len(expected.arguments)
    if binding.kind == "async":
        return f"{name} is an async function.", f"Define it with a plain def {name}(…)."
    if binding.kind == "class":
        return f"{name} is a class.", f"Define a function {name}(…) that uses it."
    count = len(binding.parameters or ())
    if count > MOST_PARAMETERS:
        problem = f"{name} takes {count:,} arguments; at most {MOST_PARAMETERS} are allowed."
        return problem, "Remove those that it does not need."
    if binding.positional is not None and binding.positional < needed:
        taken = "no arguments" if binding.positional == 0 else f"only {binding.positional}"
        return (
            f"{name} takes {taken}.",
            f"It is called with {', '.join(expected.arguments)}, by position.",
        )
    return _arguments_problem(binding, expected)


def _arguments_problem(binding: Binding, expected: Expectation) -> tuple[str, str] | None:
    if binding.parameters is None or expected.offered is None:
        return None
    bound = expected.offered.bind(binding.parameters)
    return (bound.problem, bound.fix) if isinstance(bound, Mismatch) else None
