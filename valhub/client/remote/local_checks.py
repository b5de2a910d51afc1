"""Checks an algorithm as the hub will, before anything is sent."""

from pathlib import Path

from valhub.client.hubs.contracts import Contract
from valhub.errors import TooLarge
from valhub.evaluation.packages.algorithms.algorithm import open_algorithm
from valhub.evaluation.packages.algorithms.imports import import_notes
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.files.archives import opened
from valhub.evaluation.wording import memory


def check_before_sending(archive: Path, contract: Contract) -> tuple[str, ...]:
    """Read an algorithm with the hub's own code; gives notes on what is probably not meant.

    Raises
    ------
    InvalidPackage
        With every fault that the hub would find in the archive and its function.
    TooLarge
        The archive is larger than the hub accepts.
    """
    size, most = archive.stat().st_size, contract.quota.archive_bytes
    if size > most:
        raise TooLarge(
            f"{archive.name} has {memory(size)}, and this hub accepts {memory(most)}. Remove what "
            "the algorithm does not need.",
            code="larger-than-accepted",
            field="algorithm",
        )
    if contract.kind == "task" and contract.function is None:
        return ()  # The hub itself has to look it up.
    notes: list[str] = []
    with opened(archive, notes=notes) as root:
        algorithm = open_algorithm(
            root, contract.function, name=archive.stem, offered=_offered(contract)
        )
        imported = import_notes(algorithm, contract.environment.packages)
    return (*notes, *algorithm.notes, *imported)


def _offered(contract: Contract) -> OfferedArguments | None:
    call = contract.call
    if call is None:
        return None
    return OfferedArguments(tuple(one.name for one in call.arguments), call.by_position)
