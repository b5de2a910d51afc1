"""What the hub learns about an uploaded package, which a child reads; see `upload_reading`.

Reading tables, truth and data, and resolving the scoring rules, takes NumPy and pandas. What comes
back is plain: this module loads neither.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.packages.tasks.public_archive import PublicFiles
from valhub.evaluation.results import Best
from valhub.evaluation.upload_reading import InspectionFailed, UploadRequest, read_upload

_READER = "valhub.evaluation.package_reading"


@dataclass(frozen=True, kw_only=True)
class InspectionRequest(UploadRequest):
    """A package to read, of either kind.

    Attributes
    ----------
    annotation : str
        The name of a script package's annotation file.
    store : str
        Where prepared data sets are kept.
    read_at_once_bytes : int
        Data up to this size is read row by row and kept prepared; larger data is left alone.
    public : str
        Where to write the archive of a task's public files; empty for nowhere.
    """

    annotation: str
    store: str
    read_at_once_bytes: int
    public: str = ""


@dataclass(frozen=True)
class InspectedFile:
    """One file that algorithms are run on; see `task_files.PackageFile`."""

    name: str
    size: int
    on_leaderboard: bool = True
    part: str = Part.HIDDEN


@dataclass(frozen=True)
class InspectedColumn:
    """One number for each file; see `plan.FileColumn`."""

    name: str
    unit: str


@dataclass(frozen=True)
class InspectedAggregate:
    """One number over all files; see `plan.AggregateColumn`.

    Attributes
    ----------
    column : str
        The name of the per-file column that it sums up.
    shown : bool
        Whether the organiser wants to show it on the board.
    """

    name: str
    label: str
    unit: str
    operation: str
    column: str
    best: Best
    shown: bool


@dataclass(frozen=True)
class InspectedTask:
    """What a task package asks for and computes.

    Attributes
    ----------
    aggregates : tuple of InspectedAggregate
        In the package's order, the one that ranks first.
    environment : dict
        The document of its `TaskEnvironment`.
    memory_bytes : int or None
        What it asks for each file; None for what the hub gives.
    disclosure : dict
        The document of its `disclosure_policy.Declared`.
    contract : dict
        The document of its `TaskContract`.
    """

    function_name: str
    offered: OfferedArguments
    environment: dict[str, Any]
    columns: tuple[InspectedColumn, ...]
    aggregates: tuple[InspectedAggregate, ...]
    memory_bytes: int | None = None
    disclosure: dict[str, Any] = field(default_factory=dict)
    contract: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "InspectedTask":
        """Read what the reader reported."""
        offered = document["offered"]
        return cls(
            document["function_name"],
            OfferedArguments(tuple(offered["names"]), offered["by_position"]),
            dict(document["environment"]),
            tuple(InspectedColumn(**column) for column in document["columns"]),
            tuple(
                InspectedAggregate(**{**one, "best": Best(one["best"])})
                for one in document["aggregates"]
            ),
            document["memory_bytes"],
            dict(document["disclosure"]),
            dict(document["contract"]),
        )


@dataclass(frozen=True)
class InspectedPackage:
    """A package without a fault.

    Attributes
    ----------
    task : InspectedTask or None
        None for a script package.
    notes : tuple of str
        What its organiser should look at, though it is no fault.
    public : PublicFiles
        What participants can download, by paths below the folder it was unpacked into.
    """

    content_hash: str
    task: InspectedTask | None
    files: tuple[InspectedFile, ...]
    notes: tuple[str, ...] = ()
    public: PublicFiles = field(default_factory=PublicFiles)

    def document(self) -> dict[str, Any]:
        """The form in which the reader reports it."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "InspectedPackage":
        """Read what the reader reported."""
        task = document["task"]
        return cls(
            document["content_hash"],
            InspectedTask.from_document(task) if task else None,
            tuple(InspectedFile(**file) for file in document["files"]),
            tuple(document["notes"]),
            PublicFiles.from_document(document["public"]),
        )


def inspect_package(request: InspectionRequest) -> InspectedPackage:
    """Have a package of either kind unpacked and read in a separate process.

    Raises
    ------
    InvalidPackage, TooLargeToInspect, InspectionFailed, Unavailable, OSError
        As `read_upload` does.
    """
    found = read_upload(_READER, request)
    try:
        return InspectedPackage.from_document(found)
    except (ValueError, KeyError, TypeError) as error:
        raise InspectionFailed(f"{request.name} was read, with a broken report.") from error
