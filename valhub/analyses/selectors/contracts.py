"""What a version asks of its algorithms, and what is shown of its files, for those who write one.

Everybody who may see the analysis may read this. Of the final part it says nothing but that there
is one, until that is revealed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count

from valhub.analyses.disclosure import policy_of
from valhub.analyses.models import AnalysisVersion
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.packages.tasks.task_contract import TaskContract

_HIDDEN = {
    "aggregates": "Scores over all files",
    "slices": "Scores over all files, and over the slices that are large enough",
    "files": "Scores over all files, over slices, and of each file",
}


@dataclass(frozen=True)
class FileLimits:
    """What one file may take, as far as the hub grants it."""

    timeout_s: float
    memory_bytes: int
    output_bytes: int


@dataclass(frozen=True)
class ShownPart:
    """One part of a version's files.

    Attributes
    ----------
    files : int or None
        How many there are; None while that is secret.
    shown : str
        What an author sees of their results, as a sentence.
    """

    part: Part
    files: int | None
    shown: str


def contract_of(version: AnalysisVersion) -> TaskContract | None:
    """Read what a task asks of algorithms.

    None for script packages, and for versions that an earlier release stored.
    """
    return TaskContract.from_document(version.contract) if version.contract else None


def limits_of(contract: TaskContract) -> FileLimits:
    """Return what one file may take: what was asked for, within what the hub gives."""
    return FileLimits(
        timeout_s=min(contract.timeout_s, settings.MAX_TIMEOUT_S),
        memory_bytes=min(contract.memory_bytes, settings.MAX_MEMORY_BYTES),
        output_bytes=min(contract.output_bytes, settings.MAX_MEMORY_BYTES),
    )


def parts_of(version: AnalysisVersion) -> list[ShownPart]:
    """List the parts that a version has files in, and what is shown of each."""
    return [*_parts(version)]


def _parts(version: AnalysisVersion) -> Iterator[ShownPart]:
    counted = version.files.order_by().values_list("part").annotate(Count("pk"))
    counts: dict[str, int] = dict(counted)
    hidden = _shown_of_hidden(version)
    if counts.get(Part.PUBLIC):
        sentence = "Everything: scores, verdicts, prints and tracebacks of each file."
        yield ShownPart(Part.PUBLIC, counts[Part.PUBLIC], sentence)
    if counts.get(Part.HIDDEN):
        yield ShownPart(Part.HIDDEN, counts[Part.HIDDEN], hidden)
    if counts.get(Part.FINAL) and version.revealed_at is None:
        yield ShownPart(Part.FINAL, None, "Nothing, until the organiser reveals it.")
    elif counts.get(Part.FINAL):
        yield ShownPart(Part.FINAL, counts[Part.FINAL], hidden)


def _shown_of_hidden(version: AnalysisVersion) -> str:
    policy = policy_of(version).policy
    only = ", if the run is its author's best" if policy.release == "improvement" else ""
    return f"{_HIDDEN[policy.scores]}, to {policy.digits} digits{only}."
