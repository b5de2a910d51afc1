"""A small task with a final part, and runs of it that are evaluated without a sandbox."""

import json
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tiny.packing import zipped
from valhub.analyses.models import Analysis
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.uploads import store_analysis
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.results import FileOutcome, Verdict
from valhub.jobs.models import Preparation, Run, Shard, Work
from valhub.jobs.services.finishing import finish_shard
from valhub.jobs.services.leasing import claim
from valhub.jobs.services.new_submissions import submit_algorithm
from valhub.jobs.services.preparations import request_preparation
from valhub.jobs.services.queueing import admit_runs, mark_started
from valhub.jobs.services.recording import record_file_result

TASK = Path(__file__).parents[1] / "tiny/task"
PRIMARY = "mean_absolute_error_azimuth"
# Two files are hidden, and two are final.
PARTS = (
    "system_id,file_name,part\n"
    "0,roof-0.csv,\n1,roof-1.csv,Hidden\n2,roof-2.csv,final\n3,roof-3.csv,FINAL\n"
)


def stored_version(organiser, **config):
    """Publish the task, prepared, with other keys in its configuration."""
    sound = json.loads((TASK / "config.json").read_text())
    changed = {"config__json": json.dumps({**sound, **config}), "data/file_metadata__csv": PARTS}
    version = store_analysis(
        creator=organiser,
        fields=AnalysisFields(analysis_name="Orientation"),
        upload=SimpleUploadedFile("task.zip", zipped(TASK, **changed)),
    )
    request_preparation(version)
    Preparation.objects.update(state=Work.DONE)
    return version


def started_run(version, account, archive):
    """Submit an archive, and let its run start."""
    analysis = Analysis.objects.get(pk=version.analysis_id)
    upload = SimpleUploadedFile("algorithm.zip", archive)
    run = submit_algorithm(analysis=analysis, account=account, upload=upload).runs.get()
    admit_runs(version.analysis_id)
    mark_started(run, timezone.now())
    return run


def record(held, errors):
    """Write the results of a shard: the error of each file by its part, None where it fails."""
    run = Run.objects.get(pk=held.work.run_id)
    for file in run.version.files.filter(pk__in=held.work.files):
        error = errors[Part(file.part)]
        scored = {"absolute_error_azimuth": error, "runtime": 0.1}
        outcome = (
            FileOutcome(file.name, Verdict.ERROR, "It raised ValueError.")
            if error is None
            else FileOutcome(file.name, Verdict.SCORED, metrics=scored, coverage=1.0)
        )
        record_file_result(held, file.pk, outcome)


def finish(run, *, hidden, final=0.0):
    """Do all shards of the runs that wait, and read this one again."""
    errors = {Part.HIDDEN: hidden, Part.FINAL: final}
    while (held := claim(Shard.objects.order_by("turn", "id"), "one")) is not None:
        record(held, errors)
        finish_shard(held)
    run.refresh_from_db()
    run.submission.refresh_from_db()
    return run
