"""The summary of a run, as it is stored."""

from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from valhub.evaluation.results import Aggregate, PartSummary, Slice, Verdict
from valhub.evaluation.scoring.packed_losses import PackedLosses
from valhub.jobs.models import Run, Status
from valhub.jobs.selectors.stored_aggregates import aggregates_of, final_of


@dataclass(frozen=True)
class RunSummary:
    """A run in a few numbers, and as the documents that are stored."""

    verdict: Verdict
    message: str
    coverage: float
    aggregates: dict[str, Aggregate]
    slices: tuple[Slice, ...] = ()
    # What a script package's `evaluate` returned: parts for everybody, the author, the creator.
    returned: dict[str, Any] = field(default_factory=dict)
    # Why its evaluation failed, in full, for its organiser alone; None leaves what is stored.
    evaluation_report: str | None = None
    # What boards compare it by; a script package has one number for the whole, and nothing here.
    losses: PackedLosses = field(default_factory=PackedLosses)
    # The same over the final part.
    final_losses: PackedLosses | None = None
    # The final part, which is in none of the above.
    final: PartSummary | None = None
    # Whether the scores count and are shown; see `releases`.
    released: bool = True

    def documents(self) -> dict[str, Any]:
        """Fields of the run's row."""
        report = self.evaluation_report
        return {
            **({} if report is None else {"evaluation_report": report}),
            "verdict": self.verdict,
            "coverage": self.coverage,
            "aggregates": {name: asdict(one) for name, one in self.aggregates.items()},
            "slices": [asdict(one) for one in self.slices],
            "final": asdict(self.final) if self.final else None,
            "released": self.released,
        }

    @property
    def private_result(self) -> Any:
        """What only the submission's author may see."""
        return self.returned.get("submission_result")


def finished_run(submission_id: UUID) -> Run | None:
    """The run whose result a submission has: the latest that finished, of released ones if any."""
    finished = Run.objects.filter(submission=submission_id, status=Status.FINISHED)
    return finished.select_related("version").order_by("-released", "-number").first()


def summary_of(run: Run) -> RunSummary:
    """A run that ended, as it was summed up, but for its slices."""
    return RunSummary(
        verdict=Verdict(run.verdict),
        message=run.reason,
        coverage=run.coverage or 0.0,
        aggregates=aggregates_of(run),
        returned=run.returned,
        final=final_of(run),
        released=run.released,
    )
