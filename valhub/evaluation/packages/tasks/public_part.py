"""The public part of a task package, as a package of its own to try algorithms on.

It has the public files, their truth and what algorithms learn about them, and nothing that speaks
of other files: no rows or counts of them, no columns that algorithms, slices and tables do not
need, no sidecars, which are about all files. A scalar truth stands in a file beside its data and
never in the metadata, where it can be that of a whole system.
"""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.tasks.data_folders import FILES, REFERENCES
from valhub.evaluation.packages.tasks.metadata_tables import Value
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.packages.tasks.public_archive import Content, OfferedFile, PublicFiles
from valhub.evaluation.packages.tasks.systems import SYSTEM_TABLE
from valhub.evaluation.packages.tasks.task_config import CONFIG
from valhub.evaluation.packages.tasks.task_files import FILE_TABLE, PackageFile
from valhub.evaluation.packages.tasks.task_package import TaskPackage

# What would say something of the other files, or has nothing to act on without them.
_WITHHELD_KEYS = {"sidecars", "disclosure", "private_results_columns"}
_PLACE = ("latitude", "longitude")
_COUNTS = "include_on_leaderboard"


def public_files_of(package: TaskPackage) -> PublicFiles:
    """Choose what participants can download of a package.

    A scalar truth is one of a system, so where the system has files of other parts too, its public
    files are left out.
    """
    public = [file for file in package.files if file.part is Part.PUBLIC]
    mixed = _systems_of_others(package)
    offered = [file for file in public if file.system_id not in mixed]
    left_out = tuple(file.name for file in public if file.system_id in mixed)
    if not offered:
        return PublicFiles(left_out=left_out)
    columns = _columns(package, offered)
    files = tuple(_offered(file, columns, package.root) for file in offered)
    return PublicFiles(files, tuple(_texts(package, offered, files)), left_out)


def left_out_notes(public: PublicFiles) -> list[str]:
    """Say to the organiser which public files nobody can download, and how to fix it."""
    if not public.left_out:
        return []
    count, example = len(public.left_out), shown(public.left_out[0])
    files = f"{count:,} public files, such as {example}," if count > 1 else example
    note = (
        f"Participants cannot download {files} because of the truth: the same system has files of "
        "another part. Put all files of a system in one part."
    )
    return [note]


def _systems_of_others(package: TaskPackage) -> set[str]:
    if package.config.comparison_type != "scalar":
        return set()
    return {file.system_id for file in package.files if file.part is not Part.PUBLIC}


def _columns(package: TaskPackage, files: Iterable[PackageFile]) -> tuple[str, ...]:
    """Choose the columns of the file table: what is read from them, and no truth."""
    config = package.config
    truths = set(config.references_compare) if config.comparison_type == "scalar" else set()
    given = {name for file in files for name in file.metadata}
    optional = [name for name in ("timezone", "data_sampling_frequency") if name in given]
    asked = dict.fromkeys((*optional, *config.allowable_kwargs, *config.slices))
    own = {"system_id", "file_name", _COUNTS}
    return tuple(name for name in asked if name not in truths | own)


def _offered(file: PackageFile, columns: tuple[str, ...], root: Path) -> OfferedFile:
    metadata: dict[str, Value] = {"system_id": file.system_id}
    metadata |= {name: _finite(file.metadata.get(name)) for name in columns}
    if "timezone" in columns:
        metadata["timezone"] = file.timezone
    data = Content(f"{FILES[0]}/{file.name}", file.path.relative_to(root).as_posix())
    return OfferedFile(file.name, metadata, data, _truth(file, root))


def _truth(file: PackageFile, root: Path) -> Content:
    member, source = f"{REFERENCES[0]}/{Path(file.name).stem}", file.reference_path
    if source is not None:
        return Content(f"{member}{source.suffix.lower()}", source.relative_to(root).as_posix())
    # The format prefers a file of its own to the metadata tables.
    return Content(f"{member}.csv", text=_table(tuple(file.truths), [file.truths]))


def _finite(value: Value) -> Value:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _texts(
    package: TaskPackage, files: list[PackageFile], offered: tuple[OfferedFile, ...]
) -> Iterable[Content]:
    rows = [{"file_name": one.name, **one.metadata, _COUNTS: True} for one in offered]
    systems = {file.system_id: _place_of(file) for file in files}
    yield Content("README.md", text=_readme(package))
    yield Content(CONFIG, text=_config(package))
    yield Content(f"{FILE_TABLE}.csv", text=_table(tuple(rows[0]), rows))
    columns = ("system_id", *_PLACE)
    yield Content(f"{SYSTEM_TABLE}.csv", text=_table(columns, systems.values()))


def _place_of(file: PackageFile) -> dict[str, Value]:
    place: dict[str, Value] = {name: file.metadata.get(name) for name in _PLACE}
    return {"system_id": file.system_id, **place}


def _table(columns: tuple[str, ...], rows: Iterable[Mapping[str, Value]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _config(package: TaskPackage) -> str:
    kept = package.config.model_dump(mode="json", exclude_unset=True, exclude=_WITHHELD_KEYS)
    return json.dumps(kept, indent=2, ensure_ascii=False) + "\n"


def _readme(package: TaskPackage) -> str:
    missing = ", ".join(f"`{name}`" for name in package.sidecars)
    passed = f"\nThe hub also passes {missing} to every call, which is not here.\n"
    return f"""# Public files

A task package of the files that everybody may have, with their metadata and truth. Try your
algorithm on them before you submit it:

    valhub run starter.zip my_algorithm
{passed if missing else ""}"""
