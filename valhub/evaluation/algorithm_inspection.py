"""What the hub learns about an uploaded algorithm, which a child reads; see `upload_reading`."""

from dataclasses import dataclass

from valhub.evaluation.packages.offered_arguments import OfferedArguments
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
    """

    function: str | None
    offered: OfferedArguments | None


def inspect_algorithm(request: AlgorithmRequest) -> str:
    """Have an algorithm unpacked and read in a separate process.

    Returns
    -------
    str
        The content hash of an algorithm without a fault.

    Raises
    ------
    InvalidPackage, TooLargeToInspect, InspectionFailed, Unavailable, OSError
        As `read_upload` does.
    """
    found = read_upload(_READER, request).get("content_hash")
    if not isinstance(found, str):
        raise InspectionFailed(f"{request.name} was read, with a broken report.")
    return found
