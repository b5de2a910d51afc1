"""Events of files: one for each, or one for some at a time where a run has many.

A run of thousands of files would write as many rows that nobody reads one by one. Its events report
the files since the last one: about a hundred events for a run, each of a bounded number of files.
"""

from valhub.analyses.models import DataFile
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.results import FileOutcome
from valhub.jobs.models import FileResult, Run
from valhub.jobs.services.events import record_event

# Runs of no more files than this have one event for each.
MOST_EVENTS = 100
# What fits into a row that is sent to everybody who follows.
MOST_FILES = 500


def files_per_event(files: int) -> int:
    """Say how many files of a run of so many one event reports."""
    return max(1, min(MOST_FILES, -(-files // MOST_EVENTS)))


def report_file(run: Run, file: DataFile, result: FileOutcome) -> None:
    """Record that a file has a result, at once or together with others; the run's row is locked.

    The files of the final part leave no event: whoever counts events would count them.
    """
    if file.part == Part.FINAL:
        return
    if run.files_per_event == 1:
        own = {"file": result.file_name, "verdict": str(result.verdict)}
        record_event(run.submission_id, "file", run=run.number, **own)
    elif run.unreported + 1 >= run.files_per_event:
        _report(run)
    else:
        Run.objects.filter(pk=run.pk).update(unreported=run.unreported + 1)


def report_rest(run: Run) -> None:
    """Record what no event has reported of a run that ends; its row is locked."""
    if run.unreported:
        _report(run)


def _report(run: Run) -> None:
    # Results of one run are written one after the other, so their keys follow the time.
    results = FileResult.objects.filter(run=run, pk__gt=run.reported_to).order_by("pk")
    rows = results.exclude(file__part=Part.FINAL).values_list("pk", "file__name", "verdict")
    files = [{"file": name, "verdict": verdict} for _, name, verdict in rows]
    record_event(run.submission_id, "files", run=run.number, files=files)
    last = max(pk for pk, _, _ in rows)
    Run.objects.filter(pk=run.pk).update(unreported=0, reported_to=last)
