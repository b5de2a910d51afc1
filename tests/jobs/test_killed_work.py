"""A worker whose sandbox is killed tries again; in the end it is our fault, never the author's."""

import io
import os
import signal
import threading
import zipfile
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.db.models import Sum

from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.uploads import store_analysis
from valhub.evaluation.execution.sandbox import usage
from valhub.jobs.models import FileResult, Run, Shard, Status
from valhub.jobs.services.new_submissions import submit_algorithm
from valhub.jobs.services.preparations import request_preparation

pytestmark = pytest.mark.django_db(transaction=True)

STEADY = "import time\n\ndef estimate_azimuth(series):\n    time.sleep(0.3)\n    return 1.0\n"
HANGING = "import time\n\ndef predict(days):\n    time.sleep(60)\n"


def sandboxes_at_work():
    """Outermost processes of the sandboxes in which somebody's code is running now."""
    return [pid for pid in usage.tree(os.getpid()) if is_at_work(pid)]


def is_at_work(pid):
    """Whether it is bubblewrap, above its first process inside, a guest and the answering child.

    A child that waits for a call receives; one that answers sleeps, as the algorithms here do.
    """
    with suppress(FileNotFoundError, ProcessLookupError):
        is_bubblewrap = Path(f"/proc/{pid}/comm").read_text() == "bwrap\n"
        tree = list(usage.tree(pid)) if is_bubblewrap else []
        return len(tree) == 4 and any(map(sleeps, tree))
    return False


def sleeps(pid):
    """Whether a process is inside of `clock_nanosleep`, whose number is 230 here (x86-64)."""
    return Path(f"/proc/{pid}/syscall").read_text().split()[0] == "230"


@contextmanager
def killing(times, *, after_results=0):
    """Kill as many sandboxes, at work, after so many files have a result."""
    over = threading.Event()
    killed = set()

    def kill():
        while len(killed) < times and not over.wait(0.02):
            if FileResult.objects.count() < after_results:
                continue
            for pid in sandboxes_at_work():
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
        connections.close_all()

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def deaths():
    return Shard.objects.aggregate(all=Sum("deaths"))["all"]


@pytest.fixture
def four_results(submit, work):
    """A submission that was done before; from here on every sandbox is for an algorithm."""
    submit()
    work()


@pytest.mark.slow
def test_a_killed_sandbox_costs_no_file_and_leaves_what_was_recorded(four_results, submit, work):
    submission = submit(STEADY)
    with killing(1, after_results=5):
        work()
    submission.refresh_from_db()
    assert submission.status == Status.FINISHED
    assert set(FileResult.objects.values_list("verdict", flat=True)) == {"scored"}
    assert submission.events.filter(kind="file").count() == 4
    assert deaths() == 1


def test_a_sandbox_that_is_killed_again_and_again_ends_the_run_by_our_fault(
    four_results, submit, work, settings
):
    settings.MAX_DEATHS = 2
    submission = submit(STEADY)
    with killing(2) as killed:
        work()
    submission.refresh_from_db()
    assert len(killed) == 2
    assert (submission.status, submission.our_fault) == (Status.FAILED, True)
    assert "killed from outside" in submission.reason
    assert not FileResult.objects.exclude(verdict="scored").exists()


@pytest.fixture
def hanging_script(organiser, participant, script_example, real_engine):
    """A submission for the documented kind of package whose algorithm never answers."""
    upload = SimpleUploadedFile("analysis.zip", script_example[0])
    fields = AnalysisFields(analysis_name="Declination")
    version = store_analysis(creator=organiser, fields=fields, upload=upload)
    request_preparation(version)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("main.py", HANGING)
    upload = SimpleUploadedFile("algorithm.zip", packed.getvalue())
    return submit_algorithm(analysis=version.analysis, account=participant, upload=upload)


def test_a_script_run_of_which_a_sandbox_is_killed_records_nothing(hanging_script, work, settings):
    settings.MAX_DEATHS = 1
    with killing(2):
        work()
    hanging_script.refresh_from_db()
    assert (hanging_script.status, hanging_script.our_fault) == (Status.FAILED, True)
    assert "killed from outside" in hanging_script.reason
    assert not FileResult.objects.exists()
    assert Run.objects.get().returned == {}
