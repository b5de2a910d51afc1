"""What `algorithm_inspection`'s reader does: unpack one algorithm, and find its function.

Only parsers run here, and none of the algorithm's own code.
"""

from dataclasses import asdict
from typing import Any

from valhub.evaluation.algorithm_inspection import AlgorithmRequest, InspectedAlgorithm
from valhub.evaluation.packages.algorithms.algorithm import open_algorithm
from valhub.evaluation.packages.algorithms.imports import import_notes
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.limits import ALGORITHM_LIMITS
from valhub.evaluation.reader import ReaderLimits
from valhub.evaluation.reader_process import serve
from valhub.evaluation.upload_reading import unpack_upload


def read_algorithm(request: AlgorithmRequest) -> InspectedAlgorithm:
    """Unpack and read an algorithm.

    Raises
    ------
    InvalidPackage
        With every fault found.
    """
    left_out: list[str] = []
    root = unpack_upload(request, ALGORITHM_LIMITS, left_out)
    algorithm = open_algorithm(root, request.function, name=request.name, offered=request.offered)
    notes = (*left_out, *algorithm.notes, *import_notes(algorithm, request.provided))
    return InspectedAlgorithm(algorithm.content_hash, notes)


def _read(document: dict[str, Any]) -> dict[str, Any]:
    limits = ReaderLimits(**document.pop("limits"))
    offered = document.pop("offered")
    if offered is not None:
        offered = OfferedArguments(tuple(offered["names"]), offered["by_position"])
    return asdict(read_algorithm(AlgorithmRequest(**document, limits=limits, offered=offered)))


if __name__ == "__main__":
    serve(_read)
