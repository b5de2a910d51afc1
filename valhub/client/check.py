"""Finds every fault in a package or an algorithm: the work behind `valhub check`."""

from pathlib import Path

from valhub.client.known_checks import CheckRequest, known_checks, package_key
from valhub.client.locations import display_name, locate_algorithm, locate_package
from valhub.client.resolution import in_words, needs_of_algorithm, needs_of_package
from valhub.client.terminal import note_lines
from valhub.evaluation.evaluate import KNOWN_NAMES
from valhub.evaluation.packages.algorithms.algorithm import Algorithm, open_algorithm
from valhub.evaluation.packages.algorithms.entry_points import WRAPPER, wrapper_root
from valhub.evaluation.packages.algorithms.imports import import_notes
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.algorithms.source_code import read_module
from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.archives import opened
from valhub.evaluation.packages.limits import PACKAGE_LIMITS
from valhub.evaluation.packages.opening import is_package, open_package
from valhub.evaluation.packages.tasks.dataset import check_data
from valhub.evaluation.packages.tasks.task_config import TaskConfig
from valhub.evaluation.packages.tasks.task_package import TaskPackage
from valhub.evaluation.scoring.disclosure_notes import disclosure_notes
from valhub.evaluation.scoring.package_check import check_scoring
from valhub.evaluation.wording import count
from valhub.texts import visible


def check_path(request: CheckRequest) -> str:
    """Check what is at a path, and say in one sentence what it is.

    Raises
    ------
    InvalidPackage
        With every fault found.
    NotFound
        There is nothing at the path.
    UnresolvableRequirements
        When its requirements were to be resolved, and cannot be.
    """
    if request.analysis is not None:
        config = _config_of(request.analysis)
        return _check_algorithm(locate_algorithm(request.name), config, request)
    path = locate_package(request.name)
    return _check_as_package(path, request) or _check_algorithm(path, None, request)


def _check_as_package(path: Path, request: CheckRequest) -> str:
    """Check a package, or say again what was found in it; empty for an algorithm."""
    name, notes = display_name(path), list[str]()
    with opened(path, PACKAGE_LIMITS, notes=notes) as root:
        if not is_package(root):
            return ""

        def check() -> dict[str, str]:
            return {"said": f"{_check_package(root, name, request)}{note_lines(notes)}"}

        if not request.depends_on_bytes_alone:
            return f"{name}{check()['said']}"
        return f"{name}{known_checks().result(package_key(path), name, check)['said']}"


def _check_package(root: Path, name: str, request: CheckRequest) -> str:
    """Check a package, and finish the sentence that begins with its name."""
    package = open_package(root, known=KNOWN_NAMES, name=name)
    needs = needs_of_package(package, request.exclude_newer)
    lock = f"\n{in_words(needs.resolved(), needs)}" if request.resolve else ""
    if not isinstance(package, TaskPackage):
        return f" is a sound script package.{lock}"
    check_scoring(package)
    found = (*package.notes, *disclosure_notes(package), *check_data(package))
    notes = "".join(f"\n{visible(note)}" for note in found)
    files = count(len(package.files), "file")
    more = f"{_order(package.config)}{notes}"
    return f" is a sound task package with {files}.{more}{lock}"


def _order(config: TaskConfig) -> str:
    offered = OfferedArguments.from_config(config)
    if not offered.by_position:
        return ""
    return f"\nIt passes its arguments by position: {', '.join(offered.names) or 'none'}."


def _config_of(analysis: str) -> TaskConfig | None:
    """Read what a task package asks for; None for script packages, which call `predict`."""
    path = locate_package(analysis)
    with opened(path, PACKAGE_LIMITS) as root:
        package = open_package(root, known=KNOWN_NAMES, name=display_name(path))
        return package.config if isinstance(package, TaskPackage) else None


def _check_algorithm(path: Path, config: TaskConfig | None, request: CheckRequest) -> str:
    name = display_name(path)
    notes: list[str] = []
    with opened(path, notes=notes) as root:
        some = _some_function(root, name) if config is None else None
        function = config.function_name if config else some
        offered = OfferedArguments.from_config(config) if config else None
        algorithm = open_algorithm(root, function, name=name, offered=offered)
        imported, lock = _packages(algorithm, config, request)
    noted = note_lines([*notes, *algorithm.notes, *imported])
    needs = count(len(algorithm.requirements.lines), "requirement")
    if some is not None:
        return (
            f"{name} is a sound algorithm with {needs}. "
            f"To check its function too, name its package with --analysis.{noted}{lock}"
        )
    called = f"{algorithm.entry.module}.{algorithm.entry.function}"
    sentence = f"{name} is a sound algorithm: {called} will be called, with {needs}."
    call = f"\n{_call(algorithm)}" if config else ""
    return f"{sentence}{call}{noted}{lock}"


def _packages(
    algorithm: Algorithm, config: TaskConfig | None, request: CheckRequest
) -> tuple[tuple[str, ...], str]:
    """Note imports that nothing brings and, when asked to, list what requirements resolve to."""
    task = config.environment if config else None
    needs = needs_of_algorithm(algorithm, task, request.exclude_newer)
    if not request.resolve:
        return import_notes(algorithm, needs.provided), ""
    resolved = needs.resolved()
    notes = import_notes(algorithm, (*needs.provided, *resolved.lock.versions))
    return notes, f"\n{in_words(resolved, needs)}"


def _call(algorithm: Algorithm) -> str:
    """Say what the function gets, and whether names or positions decide."""
    if not algorithm.entry.called_with:
        return "Only running it shows what it takes: the sandbox checks its arguments."
    return f"It is called with {visible(algorithm.entry.called_with)}."


def _some_function(root: Path, name: str) -> str | None:
    """Give the wrapper's last public function; which one is meant only the analysis can say."""
    wrapper = wrapper_root(root) / WRAPPER
    if not wrapper.is_file():
        return None
    faults = FaultList(name)
    module = read_module(wrapper, faults, file=WRAPPER)
    faults.raise_if_any()
    bindings = module.bindings if module else {}
    public = [key for key, bound in bindings.items() if bound.kind == "function" and key[0] != "_"]
    return public[-1] if public else None
