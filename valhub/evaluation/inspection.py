"""Looking into an uploaded package without reading it here: a child reads, and reports.

Reading tables, truth and data takes pandas, much memory for a moment, and as long as the package's
author likes. So a reader does it (`package_reading`, started by `reader`): it has limits, runs none
of the package's code, and ends with the process that started it.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.packages.task_config import TaskConfig
from valhub.evaluation.reader import ReaderFailed, ReaderLimitReached, ReaderLimits, run_reader
from valhub.evaluation.reader_slots import reader_slot

_READER = "valhub.evaluation.package_reading"


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
    slots : str
        The folder with this machine's reader slots; see `reader_slots`.
    slot_wait_s : float
        How long to wait for a slot.
    limits : ReaderLimits
        What the reader may take.
    """

    root: str
    name: str
    annotation: str
    store: str
    read_at_once_bytes: int
    slots: str
    slot_wait_s: float
    limits: ReaderLimits


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
        """The form in which the reader reports it."""
        return {
            "content_hash": self.content_hash,
            "config": self.config and self.config.model_dump(mode="json"),
            "files": [asdict(file) for file in self.files],
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "InspectedPackage":
        """Read what the reader reported."""
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
        When the package costs more than the limits allow.
    InspectionFailed
        When the reader died or took too long, or this machine cannot start one.
    Unavailable
        When too many readers were running.
    OSError
        When the disk is full.
    """
    with reader_slot(Path(request.slots), wait_s=request.slot_wait_s):
        try:
            found = run_reader(_READER, asdict(request), request.limits)
            return InspectedPackage.from_document(found)
        except ReaderLimitReached as error:
            raise TooLargeToInspect from error
        except ReaderFailed as error:
            raise InspectionFailed(f"{request.name} could not be read: {error}.") from error
        except (ValueError, KeyError, TypeError) as error:
            raise InspectionFailed(f"{request.name} was read, with a broken report.") from error
