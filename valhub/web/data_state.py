"""The state of a version's data, in the words of an organiser's pages."""

from dataclasses import dataclass

from valhub.analyses.models import AnalysisVersion
from valhub.jobs.models import Preparation, Work

_WORDS = {
    Work.LEASED: ("running", "being prepared"),
    Work.DONE: ("finished", "prepared"),
    Work.FAILED: ("failed", "cannot be prepared"),
}
_WAITING = ("submitted", "waiting for a worker")


@dataclass(frozen=True)
class DataState:
    """The state of a version's data.

    Attributes
    ----------
    kind : str
        How it looks: like a submission in that status.
    words : str
        What it says.
    reason : str
        Why it cannot be prepared; else empty.
    """

    kind: str
    words: str
    reason: str


def data_state(version: AnalysisVersion) -> DataState:
    """Say whether a version's data is prepared."""
    # Between a version and the request to prepare it, there is no row yet.
    found: Preparation | None = getattr(version, "preparation", None)
    kind, words = _WAITING if found is None else _WORDS.get(Work(found.state), _WAITING)
    failed = found is not None and found.state == Work.FAILED
    return DataState(kind, words, found.reason if found and failed else "")
