"""How far a run is, in the files whose results a reader may know of."""

from dataclasses import dataclass

from django.db.models import Count, Q

from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.results import Verdict
from valhub.jobs.disclosure.readers import Reader
from valhub.jobs.disclosure.rules import Rules
from valhub.jobs.models import Run


@dataclass(frozen=True)
class Progress:
    """How far a run is, in files."""

    done: int
    failed: int
    files: int


def progress_of(run: Run, rules: Rules, reader: Reader) -> Progress:
    """Count a run's files."""
    parts = [part for part in Part if rules.counts_files(reader, part)]
    shown = [part for part in parts if rules.shows_results(reader, part)]
    failed = Q(file__part__in=shown) & ~Q(verdict=Verdict.SCORED)
    counts = run.file_results.filter(file__part__in=parts).aggregate(
        done=Count("pk"), failed=Count("pk", filter=failed)
    )
    files = run.version.files.filter(part__in=parts).count()
    return Progress(counts["done"], counts["failed"], files)
