"""A script package: data, annotation (the truth) and the organiser's own `evaluate`.

The top folder holds `main.py` or a Python package that exports
`evaluate(test_data_file, test_annotation_file, predict_func, **kwargs)`; a data file `test_data`
with any extension or none; the annotation file, `test_annotation.txt` unless the analysis names
another; and perhaps a `requirements.txt`.
"""

from dataclasses import dataclass
from pathlib import Path

from valhub.evaluation.packages.algorithms.entry_points import EntryPoint, Expectation, find_export
from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.folders import content_hash
from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.requirements.requirements_txt import read_requirements
from valhub.evaluation.packages.suggestions import did_you_mean

TEST_DATA = "test_data"
ANNOTATION = "test_annotation.txt"
_EVALUATE = Expectation("evaluate", ("test_data_file", "test_annotation_file", "predict_func"))


@dataclass(frozen=True)
class ScriptPackage:
    """A script package without a fault; none of its code has been run.

    Attributes
    ----------
    entry : EntryPoint
        Its `evaluate`, which sees the truth and runs in a sandbox of its own.
    annotation : Path
        The truth; hidden from algorithms.
    requirements : Path or None
        What `evaluate` needs installed; read and found good.
    content_hash : str
        SHA-256 of all names and bytes.
    """

    root: Path
    name: str
    entry: EntryPoint
    test_data: Path
    annotation: Path
    requirements: Path | None
    content_hash: str


def find_test_data(root: Path) -> list[Path]:
    """List what could be the test data: `test_data` with any extension or none."""
    return sorted(path for path in root.iterdir() if path.is_file() and _is_test_data(path.name))


def _is_test_data(name: str) -> bool:
    return name == TEST_DATA or name.startswith(f"{TEST_DATA}.")


def open_script_package(
    root: Path, *, annotation: str = ANNOTATION, name: str = ""
) -> ScriptPackage:
    """Read a script package.

    Parameters
    ----------
    root : Path
        Its folder, checked or unpacked by `archives.opened`.
    annotation : str
        The name of the annotation file.
    name : str, optional
        Its name; the folder's name by default.

    Returns
    -------
    ScriptPackage

    Raises
    ------
    InvalidPackage
        With every fault found.
    """
    faults = FaultList(name or root.name)
    entry = find_export(root, _EVALUATE, faults)
    test_data = _test_data(root, faults)
    truth = _annotation(root, annotation, faults)
    requirements = root / "requirements.txt"
    needs = requirements if requirements.is_file() else None
    read_requirements(needs, faults)
    faults.raise_if_any()
    if entry is None or test_data is None or truth is None:
        raise AssertionError("what is missing is a fault")
    return ScriptPackage(
        root, name or root.name, entry, test_data, truth, needs, content_hash(root)
    )


def _test_data(root: Path, faults: FaultList) -> Path | None:
    found = find_test_data(root)
    if not found:
        faults.add(
            "There is no data file test_data.",
            "Add what algorithms are given, as test_data or test_data with an extension.",
        )
    elif len(found) > 1:
        names = ", ".join(shown(path.name) for path in found)
        faults.add(f"There are several data files: {names}.", "Keep one.")
    return found[0] if len(found) == 1 else None


def _annotation(root: Path, name: str, faults: FaultList) -> Path | None:
    path = root / name
    if "/" not in name and path.is_file():
        return path
    others = [child.name for child in root.iterdir() if child.is_file()]
    hint = did_you_mean(name, others)
    hint = hint if hint.startswith("Did") else ""
    faults.add(
        f'The annotation file "{shown(name)}" is missing.',
        f"Add the truth under this name, or name another file in the analysis. {hint}".strip(),
    )
    return None
