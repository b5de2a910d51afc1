"""Checks an algorithm as the hub will, before anything is sent."""

from pathlib import Path

from valhub.client.hubs.records import AnalysisDetails
from valhub.evaluation.packages.algorithms.algorithm import open_algorithm
from valhub.evaluation.packages.files.archives import opened


def check_before_sending(archive: Path, analysis: AnalysisDetails) -> tuple[str, ...]:
    """Read an algorithm with the hub's own code; gives notes on what is probably not meant.

    Raises
    ------
    InvalidPackage
        With every fault that the hub would find in the archive and its function.
    """
    if analysis.kind == "task" and analysis.function is None:
        return ()  # The hub itself has to look it up.
    notes: list[str] = []
    with opened(archive, notes=notes) as root:
        algorithm = open_algorithm(root, analysis.function, name=archive.stem)
    return (*notes, *algorithm.notes)
