"""A participant's algorithm: where its function is and what it needs installed."""

from dataclasses import dataclass
from pathlib import Path

from valhub.evaluation.packages.algorithms.entry_points import (
    EntryPoint,
    Expectation,
    find_export,
    find_wrapper,
    wrapper_root,
)
from valhub.evaluation.packages.algorithms.hiding_modules import note_hiding
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.algorithms.unread_files import (
    PYTHON_VERSION,
    REQUIREMENTS,
    note_unread,
)
from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.folders import content_hash, top_folder
from valhub.evaluation.packages.requirements.requirements_txt import Requirements, read_requirements

_PREDICT = Expectation("predict", ("test_data",))


@dataclass(frozen=True)
class Algorithm:
    """An algorithm without a fault; none of its code has run.

    Attributes
    ----------
    root : Path
        The folder its modules are in.
    entry : EntryPoint
        The function to call.
    requirements : Requirements
        What to install.
    content_hash : str
        SHA-256 of its names and bytes, the same for folder and .zip.
    notes : tuple of str
        What is no fault, but probably not what its author meant.
    """

    root: Path
    entry: EntryPoint
    requirements: Requirements
    content_hash: str
    notes: tuple[str, ...] = ()


def open_algorithm(
    root: Path,
    function: str | None = None,
    *,
    name: str = "",
    offered: OfferedArguments | None = None,
) -> Algorithm:
    """Read an algorithm.

    Parameters
    ----------
    root : Path
        Its folder, checked or unpacked by `archives.opened`.
    function : str, optional
        The task package's function, expected in `submission_wrapper.py`; without it, `predict`,
        as script packages expect it.
    name : str, optional
        The name its faults are reported under; the folder's name by default.
    offered : OfferedArguments, optional
        What the task offers the function besides the data; without it, whether the function can be
        called with that is left to the sandbox.

    Returns
    -------
    Algorithm

    Raises
    ------
    InvalidPackage
        With every fault found in the entry file and the requirements.
    """
    faults = FaultList(name or root.name)
    outer = top = top_folder(root)
    if function is None:
        entry = find_export(top, _PREDICT, faults)
    else:
        top = wrapper_root(top)
        entry = find_wrapper(top, Expectation(function, ("the data",), offered), faults)
    needs, python = _beside(top, outer, REQUIREMENTS), _beside(top, outer, PYTHON_VERSION)
    requirements = read_requirements(needs, faults, python_version=python)
    note_unread(
        (top, outer), faults, has_requirements=needs is not None, has_python=python is not None
    )
    note_hiding(top, faults)
    faults.raise_if_any()
    if entry is None:
        raise AssertionError("an entry point that is missing is a fault")
    return Algorithm(top, entry, requirements, content_hash(outer), tuple(faults.notes))


def _beside(top: Path, outer: Path, name: str) -> Path | None:
    """Find a file in the algorithm's folder, or in the one packed around it."""
    return next((path for path in (top / name, outer / name) if path.is_file()), None)
