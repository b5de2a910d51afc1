"""Looking into an uploaded package without reading it here: a child reads, and reports.

Reading tables, truth and data takes pandas, much memory for a moment, and as long as the package's
author likes. So a separate process does it (`package_reading`): it has a time limit and a memory
limit, runs none of the package's code, and ends with the process that started it. Its findings
come back as one JSON document.
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Any

from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.packages.faults import Fault, InvalidPackage
from valhub.evaluation.packages.task_config import TaskConfig

_CHILD = "valhub.evaluation.package_reading"


class InspectionFailed(EvaluationError):
    """The package could not be read. This is not the package's fault; try again."""

    code = "inspection-failed"


class TooLargeToInspect(EvaluationError):
    """Reading the package takes too much time or memory. Split the package, or shorten its data."""

    code = "too-large-to-inspect"


@dataclass(frozen=True)
class InspectionRequest:
    """What to read, and how much that may cost.

    Attributes
    ----------
    root : str
        The package's folder, unpacked.
    name : str
        The name its faults are reported under.
    annotation : str
        The name of a script package's annotation file.
    store : str
        Where prepared data sets are kept.
    read_at_once_bytes : int
        Data up to this size is read row by row and kept prepared; larger data is left alone.
    time_limit_s : float
        How long the child may take.
    memory_limit_bytes : int
        How much address space the child may have.
    """

    root: str
    name: str
    annotation: str
    store: str
    read_at_once_bytes: int
    time_limit_s: float
    memory_limit_bytes: int


@dataclass(frozen=True)
class InspectedFile:
    """One file that algorithms are run on; see `task_files.PackageFile`."""

    name: str
    size: int
    on_leaderboard: bool = True
    public: bool = False


@dataclass(frozen=True)
class InspectedPackage:
    """A package without a fault.

    Attributes
    ----------
    config : TaskConfig or None
        None for a script package.
    """

    content_hash: str
    config: TaskConfig | None
    files: tuple[InspectedFile, ...]

    def document(self) -> dict[str, Any]:
        """The form in which the child reports it."""
        return {
            "content_hash": self.content_hash,
            "config": self.config and self.config.model_dump(mode="json"),
            "files": [asdict(file) for file in self.files],
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "InspectedPackage":
        """Read what the child reported."""
        config = document["config"]
        return cls(
            document["content_hash"],
            TaskConfig.model_validate(config) if config else None,
            tuple(InspectedFile(**file) for file in document["files"]),
        )


def inspect_package(request: InspectionRequest) -> InspectedPackage:
    """Have a package of either kind read in a separate process.

    Raises
    ------
    InvalidPackage
        With every fault found.
    TooLargeToInspect
        When a limit was reached.
    InspectionFailed
        When the child died, or this machine has no room.
    """
    asked = json.dumps(asdict(request))
    command = [sys.executable, "-P", "-m", _CHILD, str(os.getpid()), asked]
    try:
        # When the time is up, `run` kills the child and waits for its end.
        done = subprocess.run(
            command, capture_output=True, check=False, timeout=request.time_limit_s
        )
    except subprocess.TimeoutExpired as error:
        raise TooLargeToInspect from error
    if done.returncode != 0:
        last = (done.stderr.decode(errors="replace").strip().splitlines() or ["it was killed"])[-1]
        raise InspectionFailed(f"{request.name} could not be read: {last}.")
    return _answer(json.loads(done.stdout))


def _answer(document: dict[str, Any]) -> InspectedPackage:
    if document.get("out_of_memory"):
        raise TooLargeToInspect
    if "faults" in document:
        faults = tuple(Fault(**fault) for fault in document["faults"])
        raise InvalidPackage(document["name"], faults)
    return InspectedPackage.from_document(document)
