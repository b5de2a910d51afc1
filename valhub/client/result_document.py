"""The result as a JSON document: what `--json` writes and `valhub rank` reads."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from valhub.client.plain_values import plain
from valhub.errors import ValhubError
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.results import EvaluationResult, FileOutcome

FORMAT = 3
"""Goes up when a reader of the format before could not read a document."""


class UnreadableResult(ValhubError):
    """The file is not a result that `valhub run --json` wrote."""

    code = "unreadable-result"


class UnwritableFile(ValhubError):
    """The file cannot be written."""

    code = "unwritable-file"


@dataclass(frozen=True)
class Subject:
    """What was run on what, and what is known about the files.

    Attributes
    ----------
    package, algorithm : str
        The names as people say them.
    systems : mapping of str to str
        By file name, the PV system; intervals and ranks count the systems.
    ranked : frozenset of str
        The files whose scores count for the leaderboard before the final part is revealed.
    parts : mapping of str to Part
        By file name; empty for a script package.
    metadata : mapping
        By file name, the values of the metadata columns that slice the scores.
    """

    package: str
    algorithm: str
    systems: Mapping[str, str] = field(default_factory=dict)
    ranked: frozenset[str] = frozenset()
    parts: Mapping[str, Part] = field(default_factory=dict)
    metadata: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def as_document(result: EvaluationResult, subject: Subject) -> dict[str, Any]:
    """Write a result as plain JSON values."""
    document = {
        "format": FORMAT,
        "package": subject.package,
        "algorithm": subject.algorithm,
        "verdict": result.verdict.value,
        "message": result.message,
        "coverage": result.coverage,
        "primary_metric": result.primary_metric,
        "primary_column": result.primary_column,
        "aggregates": {name: asdict(value) for name, value in result.aggregates.items()},
        "slices": [asdict(part) for part in result.slices],
        "final": asdict(result.final) if result.final else None,
        "files": [_file(one, subject) for one in result.files],
        "wall_s": result.wall_s,
        "result": result.result,
        "receipt": result.receipt,
    }
    return {key: plain(value) for key, value in document.items()}


def _file(result: FileOutcome, subject: Subject) -> dict[str, Any]:
    return {
        **asdict(result),
        "verdict": result.verdict.value,
        "system_id": subject.systems.get(result.file_name),
        "on_leaderboard": result.file_name in subject.ranked,
        "part": subject.parts.get(result.file_name),
    }


def write_document(document: Mapping[str, Any] | Sequence[Any], target: str) -> None:
    """Write strict JSON to a file, whole or not at all, or to standard output for `-`.

    Raises
    ------
    UnwritableFile
        The folder is missing or may not be written.
    """
    text = json.dumps(document, indent=2, allow_nan=False) + "\n"
    if target == "-":
        sys.stdout.write(text)
    else:
        write_text(Path(target), text)


def write_text(path: Path, text: str) -> None:
    """Replace a file in one step, so that a reader never sees half of it.

    Raises
    ------
    UnwritableFile
        The folder is missing or may not be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        # Participants' words may hold lone surrogates, which UTF-8 cannot say.
        draft.write_text(text, encoding="utf-8", errors="backslashreplace")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise _unwritable(path, error.strerror or str(error)) from error


def check_writable(path: Path, *, make_folder: bool = False) -> None:
    """Refuse a file that cannot be written later, before hours are spent on what goes in it.

    Raises
    ------
    UnwritableFile
        The folder is missing or may not be written, or the path is a folder.
    """
    if make_folder:
        _make_folder(path)
    if not path.parent.is_dir():
        raise _unwritable(path, f"there is no folder {path.parent}")
    if path.is_dir():
        raise _unwritable(path, "it is a folder")
    if not os.access(path.parent, os.W_OK):
        raise _unwritable(path, f"the folder {path.parent} is read-only for you")


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error


def _unwritable(path: Path, reason: str) -> UnwritableFile:
    return UnwritableFile(f"{path} cannot be written: {reason}. Name another place.")


def read_document(path: Path) -> dict[str, Any]:
    """Read back what `write_document` wrote.

    Raises
    ------
    UnreadableResult
        The file is missing, is not JSON, or is not a result of this format.
    """
    document = _read_json(path)
    if not isinstance(document, dict) or "format" not in document:
        raise _not_a_result(path)
    if document["format"] != FORMAT:
        raise UnreadableResult(
            f"`{path}` is a result of format {str(document['format'])[:40]}, and this version "
            f"reads format {FORMAT}. Write a new one with: valhub run … --json FILE"
        )
    return document


def _read_json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnreadableResult(f"`{path}` is missing. Check the path.") from None
    except OSError as error:
        raise UnreadableResult(f"`{path}` cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise _not_a_result(path) from error


def _not_a_result(path: Path) -> UnreadableResult:
    # It names no command with this file: that would replace what may be anything but a result.
    return UnreadableResult(
        f"`{path}` is not a result. Name a file that `valhub run --json FILE` wrote."
    )
