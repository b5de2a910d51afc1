r"""A task package: data with hidden truth and a declaration of how to score, and no code.

    config.json                     what is called, compared and shown
    data/file_metadata.csv          one row per data file
    data/system_metadata.csv        one row per PV system
    data/files/<file_name>          what the algorithm is given
    data/references/<file_name>     the truth, for time series tasks
    assets/*.md, *.png              pages for people

Every table and file may be Parquet instead. Only the truth is read here; the data files are read
when they are prepared (`dataset`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.folders import content_hash
from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.files.threads import Threads
from valhub.evaluation.packages.suggestions import closest
from valhub.evaluation.packages.tasks.config_checks import KnownNames, check_config
from valhub.evaluation.packages.tasks.metadata_tables import Value
from valhub.evaluation.packages.tasks.task_config import CONFIG, KEYS, TaskConfig, read_config
from valhub.evaluation.packages.tasks.task_files import PackageFile, TaskFiles, read_files

__all__ = ["KnownNames", "PackageFile", "TaskPackage", "kwargs_for", "open_task_package"]


@dataclass(frozen=True)
class TaskPackage:
    """A task package without a fault.

    Attributes
    ----------
    name : str
        The folder's or archive's name.
    title : str
        For people: the configuration's `category_name`, else the name.
    files : tuple of PackageFile
        In the file table's order.
    sidecars : mapping of str to Path
        Data passed to every call, by the keyword it is passed as (the file's stem).
    content_hash : str
        SHA-256 of all names and bytes.
    notes : tuple of str
        What its organiser should know, though it is no fault.
    """

    root: Path
    name: str
    title: str
    config: TaskConfig
    files: tuple[PackageFile, ...]
    content_hash: str
    sidecars: Mapping[str, Path] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def kwargs_for(config: TaskConfig, file: PackageFile) -> dict[str, Value]:
    """Choose what an algorithm learns about a file.

    Parameters
    ----------
    config : TaskConfig
        The package's.
    file : PackageFile
        One of its files.

    Returns
    -------
    dict
        The values of `allowable_kwargs`, in that order; None where the tables have a gap.
    """
    return {name: file.metadata.get(name) for name in config.allowable_kwargs}


def open_task_package(
    root: Path, *, known: KnownNames | None = None, name: str = ""
) -> TaskPackage:
    """Read a task package.

    Parameters
    ----------
    root : Path
        Its folder, checked or unpacked by `archives.opened`.
    known : KnownNames, optional
        The metrics and operations that scoring has; without them their names are not checked.
    name : str, optional
        Its name; the folder's name by default.

    Returns
    -------
    TaskPackage
        With `config.alignment` settled: `date` when every reference is daily, else `timestamp`.

    Raises
    ------
    InvalidPackage
        With every fault in the configuration, the tables and the truth.
    """
    name = name or root.name
    faults = FaultList(name)
    config = read_config(root, faults)
    if config is not None:
        check_config(config, known, faults)
    # Hashing takes one processor as long as reading the tables and the truth takes another.
    with Threads(max_workers=1) as beside:
        hashed = beside.submit(content_hash, root)
        read = read_files(root, config, faults)
        faults.raise_if_any()
    if config is None:
        raise AssertionError("a configuration that cannot be read is a fault")
    return TaskPackage(
        root=root,
        name=name,
        title=config.category_name or name,
        config=_aligned(config, read),
        files=read.files,
        content_hash=hashed.result(),
        sidecars=read.sidecars,
        notes=(*_ignored_keys(config), *read.notes),
    )


def _ignored_keys(config: TaskConfig) -> tuple[str, ...]:
    if not config.unknown_keys:
        return ()
    keys = ", ".join(f"`{shown(key)}`" for key in config.unknown_keys)
    sentence = f"{CONFIG} has unknown keys, which are ignored: {keys}."
    meant = dict.fromkeys(filter(None, (closest(key, KEYS) for key in config.unknown_keys)))
    hint = f" Did you mean {', '.join(f'`{key}`' for key in meant)}?" if meant else ""
    return (f"{sentence} Check their spelling, or remove them.{hint}",)


def _aligned(config: TaskConfig, read: TaskFiles) -> TaskConfig:
    if config.alignment or config.comparison_type == "scalar":
        return config
    return config.model_copy(update={"alignment": "date" if read.all_daily else "timestamp"})
