"""What the hub learns about an uploaded algorithm, which a child reads; see `upload_reading`."""

from dataclasses import dataclass

from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.upload_reading import InspectionFailed, UploadRequest, read_upload

_READER = "valhub.evaluation.algorithm_reading"


@dataclass(frozen=True, kw_only=True)
class AlgorithmRequest(UploadRequest):
    """An algorithm to read.

    Attributes
    ----------
    function : str or None
        The function it must have; see `open_algorithm`.
    offered : OfferedArguments or None
        What that function is offered besides the data.
    provided : tuple of str
        Requirements that it need not name; see `import_notes`.
    """

    function: str | None
    offered: OfferedArguments | None
    provided: tuple[str, ...] = ()


@dataclass(frozen=True)
class InspectedAlgorithm:
    """An algorithm without a fault.

    Attributes
    ----------
    notes : tuple of str
        What is no fault, but probably not what its author meant.
    """

    content_hash: str
    notes: tuple[str, ...] = ()


def inspect_algorithm(request: AlgorithmRequest) -> InspectedAlgorithm:
    """Have an algorithm unpacked and read in a separate process.

    Raises
    ------
    InvalidPackage, TooLargeToInspect, InspectionFailed, Unavailable, OSError
        As `read_upload` does.
    """
    match read_upload(_READER, request):
        case {"content_hash": str(content_hash), "notes": list(notes)}:
            return InspectedAlgorithm(content_hash, tuple(map(str, notes)))
    raise InspectionFailed(f"{request.name} was read, with a broken report.")
