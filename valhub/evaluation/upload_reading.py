"""Looking into an upload without reading it here: a child unpacks it, reads it, and reports.

An archive costs as much to read as its author likes, in time and in memory. So a reader does it
(`package_reading` or `algorithm_reading`, started by `reader`): it has limits, runs none of the
upload's code, and ends with the process that started it.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.packages.faults import InvalidPackage
from valhub.evaluation.packages.files.archives import unpack
from valhub.evaluation.packages.limits import ArchiveLimits
from valhub.evaluation.reader import ReaderFailed, ReaderLimitReached, ReaderLimits, run_reader
from valhub.evaluation.reader_slots import reader_slot


class InspectionFailed(EvaluationError):
    """The upload could not be read. This is not the upload's fault; try again."""

    code = "inspection-failed"


class TooLargeToInspect(EvaluationError):
    """Reading the upload takes too much time or memory. Split it, or shorten its files."""

    code = "too-large-to-inspect"


@dataclass(frozen=True, kw_only=True)
class UploadRequest:
    """What to read, and how much that may cost.

    Attributes
    ----------
    archive : int
        The descriptor of the open .zip; the reader has the same one.
    unpacked : str
        The folder that the archive is unpacked into; made by the reader.
    name : str
        The name the faults are reported under.
    slots : str
        The folder with this machine's reader slots; see `reader_slots`.
    slot_wait_s : float
        How long to wait for a slot.
    limits : ReaderLimits
        What the reader may take.
    """

    archive: int
    unpacked: str
    name: str
    slots: str
    slot_wait_s: float
    limits: ReaderLimits


def read_upload(reader: str, request: UploadRequest) -> dict[str, Any]:
    """Have a reader unpack and read an upload.

    Parameters
    ----------
    reader : str
        Its module.
    request : UploadRequest
        What to read.

    Returns
    -------
    dict
        What it found.

    Raises
    ------
    InvalidPackage
        With every fault found.
    TooLargeToInspect
        When the upload costs more than the limits allow.
    InspectionFailed
        When the reader died or took too long, or this machine cannot start one.
    Unavailable
        When too many readers were running.
    OSError
        When the disk is full.
    """
    with reader_slot(Path(request.slots), wait_s=request.slot_wait_s):
        try:
            return run_reader(
                reader, asdict(request), request.limits, descriptors=(request.archive,)
            )
        except ReaderLimitReached as error:
            raise TooLargeToInspect from error
        except ReaderFailed as error:
            raise InspectionFailed(f"{request.name} could not be read: {error}.") from error


def unpack_upload(
    request: UploadRequest, limits: ArchiveLimits, notes: list[str] | None = None
) -> Path:
    """Unpack an upload, all of it or nothing, and return its root; see `archives.unpack`.

    Raises
    ------
    InvalidPackage
        With every fault found, under the name the archive was sent with.
    OSError
        When there is no room for it.
    """
    archive = Path(f"/proc/self/fd/{request.archive}")
    try:
        return unpack(archive, Path(request.unpacked), limits, notes=notes)
    except InvalidPackage as error:
        raise InvalidPackage(request.name, error.faults) from None
