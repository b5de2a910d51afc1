"""Opening a package of either kind, whichever a folder holds."""

from pathlib import Path

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.folders import top_folder
from valhub.evaluation.packages.files.near_names import missing_entry
from valhub.evaluation.packages.script_package import (
    ANNOTATION,
    ScriptPackage,
    find_test_data,
    open_script_package,
)
from valhub.evaluation.packages.tasks.config_checks import KnownNames
from valhub.evaluation.packages.tasks.task_config import CONFIG
from valhub.evaluation.packages.tasks.task_package import TaskPackage, open_task_package


def is_package(root: Path) -> bool:
    """Return whether a folder is meant as a package, and not as an algorithm.

    A package has a `config.json`, data, or an annotation; an algorithm has none of these.
    """
    top = top_folder(root)
    return (
        (top / CONFIG).is_file()
        or (top / "data").is_dir()
        or bool(find_test_data(top))
        or (top / ANNOTATION).is_file()
    )


def open_package(
    root: Path,
    *,
    known: KnownNames | None = None,
    annotation: str = ANNOTATION,
    name: str = "",
) -> TaskPackage | ScriptPackage:
    """Read a package of either kind, whichever the folder holds.

    Parameters
    ----------
    root : Path
        Its folder, checked or unpacked by `archives.opened`.
    known : KnownNames, optional
        What scoring can compute, to check a task package's metrics and operations against.
    annotation : str
        The name of a script package's annotation file.
    name : str, optional
        The package's name; the folder's name by default.

    Returns
    -------
    TaskPackage or ScriptPackage

    Raises
    ------
    InvalidPackage
        With every fault found.
    """
    top = top_folder(root)
    if (top / CONFIG).is_file():
        return open_task_package(top, known=known, name=name)
    has_code = (top / "main.py").is_file() or any(top.glob("*/__init__.py"))
    if has_code or (top / "__init__.py").is_file() or find_test_data(top):
        return open_script_package(top, annotation=annotation, name=name)
    faults = FaultList(name or top.name)
    fix = (
        f"A task package has {CONFIG} and data/file_metadata.csv at its top; a script package has "
        f"main.py (or a Python package) with evaluate, test_data and {annotation}."
    )
    faults.add(*(missing_entry(top, CONFIG, "") or ("This is not a package.", fix)))
    raise faults.error()
