"""Requirements that can be read but do not name what was meant: another package, or none.

What can never be installed is a fault. What a package index might have after all is a note.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import combinations

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.requirements.distribution_names import STANDARD_MODULES, package_of
from valhub.evaluation.packages.requirements.known_wheels import pinned_too_old

# Where algorithms run, whatever this machine is.
_LINUX: dict[str, str | Set[str]] = {
    "sys_platform": "linux",
    "platform_system": "Linux",
    "os_name": "posix",
}
_ONLY_ELSEWHERE = {
    **dict.fromkeys(("pywin32", "pypiwin32", "pywinpty", "windows-curses"), ("Windows", "win32")),
    **dict.fromkeys(("pyobjc", "pyobjc-core"), ("macOS", "darwin")),
}
_NO_PACKAGES = {
    "python": (
        "is not a package.",
        "Remove the line. To ask for a Python, write its version, as 3.10, to .python-version.",
    ),
    "pkg-resources": (
        "is not a package: the pip of Ubuntu and Debian lists it by mistake.",
        "Remove the line. If you import pkg_resources, write setuptools<81.",
    ),
    "sklearn": ("is the name of an import, not of a package.", 'Write "scikit-learn".'),
}
_NAMES_OF_CONDA = {
    "dask-core": "dask",
    "matplotlib-base": "matplotlib",
    "numpy-base": "numpy",
    "opencv": "opencv-python-headless",
    "py-xgboost": "xgboost",
    "pytables": "tables",
    "pytorch": "torch",
    "tensorflow-base": "tensorflow",
}


_MOST_NOTES = 10


@dataclass(frozen=True)
class RequirementLine:
    """A requirement and the line that has it."""

    number: int
    requirement: Requirement

    @property
    def name(self) -> str:
        """The name of the project, as indexes write it."""
        return canonicalize_name(self.requirement.name)


def check_names(
    lines: Sequence[RequirementLine], file: str, faults: FaultList, *, python: str | None
) -> None:
    """Note requirements that no index can satisfy, and those that probably mean something else.

    Parameters
    ----------
    lines : sequence of RequirementLine
        All requirements of a file.
    file : str
        Its name.
    faults : FaultList
        Takes faults and notes.
    python : str or None
        The Python that is asked for; None for this one.
    """
    noted = 0
    for line in lines:
        if not _certainly_applies(line.requirement):
            continue
        wrong = _cannot_exist(line)
        doubtful = _means_another(line.requirement) or pinned_too_old(line.requirement, python)
        if wrong:
            faults.add(*wrong, file=file, line=line.number)
        elif doubtful and noted < _MOST_NOTES:
            noted += 1
            faults.note(*doubtful, file=file, line=line.number)
    _check_contradictions(lines, file, faults)


def name_hint(name: str) -> str:
    """Say what to require instead of a name that no index has; empty when that is unknown."""
    known = _NO_PACKAGES.get(canonicalize_name(name))
    if known:
        return f'"{shown(name)}" {known[0]} {known[1]}'
    return " ".join(_means_another(Requirement(name)) or ())


def _certainly_applies(requirement: Requirement) -> bool:
    marker = requirement.marker
    if marker is None:
        return True
    # Which Python it will be is not decided here.
    return "python" not in str(marker) and marker.evaluate(_LINUX)


def _cannot_exist(line: RequirementLine) -> tuple[str, str] | None:
    text = shown(str(line.requirement))
    if line.name in _NO_PACKAGES:
        problem, fix = _NO_PACKAGES[line.name]
        return f'"{text}" {problem}', fix
    if line.name in _ONLY_ELSEWHERE:
        system, platform = _ONLY_ELSEWHERE[line.name]
        return (
            f'"{text}" has wheels for {system} alone, and algorithms run on Linux.',
            f'Remove the line, or write {line.name}; sys_platform == "{platform}".',
        )
    return None


def _means_another(requirement: Requirement) -> tuple[str, str] | None:
    name = requirement.name
    canonical = canonicalize_name(name)
    package = _NAMES_OF_CONDA.get(canonical) or package_of(name)
    if canonicalize_name(package.partition("<")[0]) != canonical:
        return f'"{shown(name)}" is not the name of the package on an index.', f'Write "{package}".'
    if name in STANDARD_MODULES:
        return f'"{name}" is part of Python and needs no requirement.', "Remove the line."
    local = next((one for one in requirement.specifier if "+" in one.version), None)
    if local:
        public = f"{name}{local.operator}{local.version.partition('+')[0]}"
        return (
            f'"{shown(local.version)}" is a local version, which public indexes do not have.',
            f'Write "{shown(public)}", unless the index of the hub has it.',
        )
    return None


def _check_contradictions(lines: Sequence[RequirementLine], file: str, faults: FaultList) -> None:
    by_name: dict[str, list[RequirementLine]] = {}
    for line in lines:
        if line.requirement.marker is None:
            by_name.setdefault(line.name, []).append(line)
    for alike in by_name.values():
        pair = next((two for two in combinations(alike[:20], 2) if _contradict(*two)), None)
        if pair:
            first, second = pair
            faults.add(
                f'"{shown(str(second.requirement))}" contradicts line {first.number}, '
                f'"{shown(str(first.requirement))}": no version satisfies both.',
                "Keep one of the two lines.",
                file=file,
                line=second.number,
            )


def _contradict(one: RequirementLine, other: RequirementLine) -> bool:
    """Return whether no version at all satisfies both.

    What satisfies a range changes only at the versions that it names, so it is enough to try
    those, what comes right after each, and what comes before all.
    """
    both = one.requirement.specifier & other.requirement.specifier
    if any(part.operator == "===" or "+" in part.version for part in both):
        return False
    named = [part.version.removesuffix(".*") for part in both]
    try:
        tried = ["0.dev0", *named, *(f"{Version(text).base_version}.0.0.0.1" for text in named)]
        return not any(_allows(both, version) for version in tried)
    except InvalidVersion:
        return False


def _allows(specifiers: SpecifierSet, version: str) -> bool:
    return specifiers.contains(version, prereleases=True)
