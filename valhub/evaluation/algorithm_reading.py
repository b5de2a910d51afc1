"""What `algorithm_inspection`'s reader does: unpack one algorithm, and find its function.

Only parsers run here, and none of the algorithm's own code.
"""

from typing import Any

from valhub.evaluation.algorithm_inspection import AlgorithmRequest
from valhub.evaluation.packages.algorithm import open_algorithm
from valhub.evaluation.packages.limits import ALGORITHM_LIMITS
from valhub.evaluation.packages.offered_arguments import OfferedArguments
from valhub.evaluation.reader import ReaderLimits
from valhub.evaluation.reader_process import serve
from valhub.evaluation.upload_reading import unpack_upload


def read_algorithm(request: AlgorithmRequest) -> str:
    """Unpack and read an algorithm, and return its content hash.

    Raises
    ------
    InvalidPackage
        With every fault found.
    """
    root = unpack_upload(request, ALGORITHM_LIMITS)
    algorithm = open_algorithm(root, request.function, name=request.name, offered=request.offered)
    return algorithm.content_hash


def _read(document: dict[str, Any]) -> dict[str, Any]:
    limits = ReaderLimits(**document.pop("limits"))
    offered = document.pop("offered")
    if offered is not None:
        offered = OfferedArguments(tuple(offered["names"]), offered["by_position"])
    return {
        "content_hash": read_algorithm(AlgorithmRequest(**document, limits=limits, offered=offered))
    }


if __name__ == "__main__":
    serve(_read)
