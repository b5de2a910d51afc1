"""A worker on real packages in a real sandbox, from the claim to the leaderboard."""

import threading
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.jobs.conftest import run_worker_in_a_thread
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.uploads import store_analysis
from valhub.cloud.storage import delete_file
from valhub.evaluation import preparation
from valhub.evaluation.packages.faults import Fault, InvalidPackage
from valhub.evaluation.packages.tasks import dataset
from valhub.jobs.models import FileResult, Preparation, Run, Shard, Status, Submission, Work, Worker
from valhub.jobs.services.new_submissions import submit_algorithm
from valhub.jobs.services.preparations import request_preparation
from valhub.jobs.services.queueing import admit_runs
from valhub.jobs.services.submission_changes import cancel_submission
from valhub.jobs.worker import evaluating, worker_context
from valhub.leaderboards.models import Entry, Score

pytestmark = pytest.mark.django_db(transaction=True)

PRIMARY = "mean_absolute_error_azimuth"
BESIDE = "def estimate_azimuth(series):\n    return float(series.iloc[0]) + {offset}\n"
SLOW = "import time\n\ndef estimate_azimuth(series):\n    time.sleep(3600)\n    return 1.0\n"


def wait_for(done):
    deadline = time.monotonic() + 120
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def worker(real_engine):
    """A worker that runs beside the test, and the event that stops it."""
    stop = threading.Event()
    thread = threading.Thread(target=run_worker_in_a_thread, args=(stop, "worker"))
    thread.start()
    yield stop, thread
    stop.set()
    thread.join()


def test_a_submission_is_evaluated_scored_and_ranked(submit, work):
    submission = submit(BESIDE.format(offset=2))
    work()
    submission.refresh_from_db()
    assert (submission.status, submission.reason) == (Status.FINISHED, "")
    assert submission.result["metrics"][PRIMARY]["value"] == pytest.approx(2.0)
    assert Score.objects.get(column=PRIMARY).value == pytest.approx(2.0)
    assert Entry.objects.get().submission_id == submission.pk


def test_what_happened_is_told_in_order_and_without_a_gap(submit, work):
    submission = submit()
    work()
    events = list(submission.events.order_by("number").values_list("number", "kind"))
    kinds = ["submitted", "queued", "started", *["file"] * 4, "finished"]
    assert events == list(enumerate(kinds, start=1))


def begun_and_ended(*submissions):
    started = [one.events.get(kind="started").at for one in submissions]
    ended = [one.events.get(kind="finished").at for one in submissions]
    return started, ended


def test_a_worker_goes_on_with_the_algorithm_it_has_imported(submit, work, outsider):
    first, second = submit(), submit(account=outsider)
    work()
    started, ended = begun_and_ended(first, second)
    assert ended[0] < started[1]


@pytest.mark.slow
def test_a_worker_changes_when_others_have_waited_long_enough(submit, work, outsider, monkeypatch):
    monkeypatch.setattr(worker_context, "STAY_S", 0.0)
    work()  # prepares the data, so that both wait for a worker alone
    first, second = submit(), submit(account=outsider)
    work()
    started, ended = begun_and_ended(first, second)
    assert started[1] < ended[0]


def test_a_run_keeps_what_its_result_depends_on(submit, work):
    submission = submit()
    work()
    receipt = submission.runs.get().receipt
    assert receipt["algorithm"] == submission.content_hash
    assert receipt["package"] == submission.analysis.current_version.content_hash
    assert {"package", "environment_lock", "python", "scorer", "sandbox"} <= set(receipt)


def test_a_file_that_fails_is_its_authors_fault_and_ranks_after_complete_runs(
    submit, work, outsider
):
    failing = BESIDE.format(offset=0).replace("return", "assert series.iloc[0] < 180\n    return")
    incomplete = submit(failing)
    complete = submit(BESIDE.format(offset=50), account=outsider)
    work()
    incomplete.refresh_from_db()
    assert incomplete.result["coverage"] == 0.75
    assert incomplete.status == Status.FINISHED
    ranked = Score.objects.filter(column=PRIMARY).order_by("standing", "sort_value")
    assert [score.entry.submission_id for score in ranked] == [complete.pk, incomplete.pk]


def test_an_algorithm_that_always_fails_ends_with_its_reason_and_no_entry(submit, work):
    submission = submit("def estimate_azimuth(series):\n    raise ValueError('no')\n")
    work()
    submission.refresh_from_db()
    assert (submission.status, submission.our_fault) == (Status.FAILED, False)
    assert "4 of 4 files have no score" in submission.reason
    assert not Entry.objects.exists()
    assert FileResult.objects.filter(verdict="error").count() == 4


@pytest.mark.parametrize(
    ("source", "counts"),
    [
        ("import a_module_that_nobody_has\n\ndef estimate_azimuth(series): ...\n", False),
        ("def estimate_azimuth(series):\n    import a_module_that_nobody_has\n", True),
    ],
)
def test_only_what_saw_hidden_files_counts_against_a_quota(submit, work, source, counts):
    submission = submit(source)
    work()
    assert FileResult.objects.filter(verdict="error").count() == 4
    assert submission.runs.get().counted == counts


def test_hidden_data_is_not_told_by_what_an_algorithm_raises(submit, work):
    submission = submit("def estimate_azimuth(series):\n    raise ValueError(series.iloc[0])\n")
    work()
    submission.refresh_from_db()
    told = FileResult.objects.values_list("message", "traceback", "logs")
    texts = [submission.reason, *(text for texts in told for text in texts)]
    assert any("ValueError" in text for text in texts)
    assert not any(secret in text for secret in ("150", "160", "170", "180") for text in texts)


def test_requirements_that_cannot_be_met_are_the_authors_fault(submit, work):
    submission = submit(requirements__txt="numpy==0.0.1\n")
    work()
    submission.refresh_from_db()
    assert (submission.status, submission.our_fault) == (Status.FAILED, False)
    assert "numpy" in submission.reason
    assert Shard.objects.exclude(state=Work.CANCELLED).count() == 0


@pytest.mark.slow
def test_a_machine_grants_no_more_than_it_may(submit, work, settings):
    settings.MAX_TIMEOUT_S = 1
    submission = submit(SLOW)
    work()
    submission.refresh_from_db()
    assert (submission.status, submission.our_fault) == (Status.FAILED, False)
    assert "1 s" in submission.reason


def test_a_python_that_no_machine_here_has_is_told_to_its_author(submit, work):
    submission = submit(**{".python-version": "3.99\n"})
    work()
    submission.refresh_from_db()
    assert (submission.status, submission.our_fault) == (Status.FAILED, False)
    assert "Python 3.99 is not installed" in submission.reason


def test_a_package_that_is_gone_is_our_fault(submit, tiny_version, work, settings, tmp_path):
    submission = submit()
    Preparation.objects.update(state=Work.DONE)
    admit_runs(tiny_version.analysis_id)
    settings.ENGINE_CACHE = tmp_path / "elsewhere"
    delete_file(tiny_version.archive)
    work()
    submission.refresh_from_db()
    assert (submission.status, submission.our_fault) == (Status.FAILED, True)


def test_data_that_cannot_be_prepared_ends_what_waits_for_it(
    submit, tiny_version, work, settings, tmp_path
):
    submission = submit()
    settings.ENGINE_CACHE = tmp_path / "elsewhere"
    delete_file(tiny_version.archive)
    work()
    submission.refresh_from_db()
    assert (submission.status, submission.our_fault) == (Status.FAILED, True)
    assert "prepared" in submission.reason
    assert Preparation.objects.get().state == Work.FAILED


def test_a_preparation_records_what_its_organiser_should_look_at(
    tiny_version, work, settings, tmp_path, monkeypatch
):
    found = property(lambda _: ["a.csv: the truth looks shifted."])
    settings.ENGINE_CACHE = tmp_path / "elsewhere"
    monkeypatch.setattr(preparation, "prepare_in_child", lambda *_: None)
    monkeypatch.setattr(dataset.DataTables, "notes", found)
    at_upload = tiny_version.notes
    work()
    tiny_version.refresh_from_db()
    assert tiny_version.notes == [*at_upload, "a.csv: the truth looks shifted."]


@pytest.mark.parametrize("opener", ["open_package_of", "task_run"])
def test_faults_of_the_package_are_neither_the_participants_nor_shown_to_them(
    submit, work, monkeypatch, opener
):
    def find_fault(*_):
        raise InvalidPackage("Tiny", (Fault('"12.5 h" is not a number.', "Write a number."),))

    monkeypatch.setattr(worker_context, opener, find_fault)
    submission = submit()
    work()
    submission.refresh_from_db()
    assert (submission.status, submission.our_fault) == (Status.FAILED, True)
    assert "The analysis' package has faults" in submission.reason
    assert "12.5" not in submission.reason


@pytest.mark.slow
def test_a_stopped_worker_gives_its_shard_back_at_once(submit, worker):
    stop, thread = worker
    submission = submit(SLOW)
    wait_for(lambda: submission.events.filter(kind="started").exists())
    time.sleep(1.0)
    stop.set()
    thread.join()
    assert set(Shard.objects.values_list("state", "deaths")) == {(Work.QUEUED, 0)}
    assert not FileResult.objects.exists()
    assert not Worker.objects.exists()


@pytest.mark.slow
def test_a_cancelled_submission_stops_running_and_has_no_result(submit, worker, settings):
    settings.LEASE_S = 1
    submission = submit(SLOW)
    wait_for(lambda: submission.events.filter(kind="started").exists())
    cancel_submission(submission)
    follower = submit()
    wait_for(lambda: Submission.objects.get(pk=follower.pk).status == Status.FINISHED)
    submission.refresh_from_db()
    assert (submission.status, submission.result) == (Status.CANCELLED, None)
    assert not FileResult.objects.filter(run__submission=submission).exists()


def test_a_worker_that_lost_its_lease_stops_and_writes_nothing(submit, worker, settings):
    settings.LEASE_S = 1
    submission = submit(SLOW)
    wait_for(lambda: Shard.objects.filter(state=Work.LEASED).exists())
    # Somebody else holds the work by now, under the next attempt.
    taken = Shard.objects.filter(state=Work.LEASED)
    taken.update(attempt=99, owner="somebody else")
    time.sleep(2.5)
    shard = Shard.objects.get(attempt=99)
    assert (shard.state, shard.owner) == (Work.LEASED, "somebody else")
    assert not FileResult.objects.filter(file__in=shard.files).exists()
    cancel_submission(submission)


def test_a_script_package_is_judged_by_its_own_evaluator(
    organiser, participant, work, script_example
):
    fields = AnalysisFields(analysis_name="Declination")
    version = store_analysis(
        creator=organiser, fields=fields, upload=SimpleUploadedFile("s.zip", script_example[0])
    )
    request_preparation(version)
    submission = submit_algorithm(
        analysis=version.analysis,
        account=participant,
        upload=SimpleUploadedFile("a.zip", script_example[1]),
    )
    work()
    submission.refresh_from_db()
    assert submission.status == Status.FINISHED, submission.reason
    assert submission.result["result"][0]["test_split"]["accuracy"] > 0.5
    assert submission.private_result["days"] > 1
    assert Run.objects.get().returned["submission_metadata"]


def test_prints_of_a_shard_are_kept_up_to_a_limit_together(submit, work, settings, monkeypatch):
    settings.SHARDS = 1
    monkeypatch.setattr(evaluating, "MOST_LOG_CHARACTERS", 150)
    # What an import prints is shown on hidden files too.
    submit(f"print({'x' * 99!r})\nraise ValueError\n{BESIDE.format(offset=0)}")
    work()
    kept = [len(one.logs) for one in FileResult.objects.order_by("file__ordinal")]
    assert len(kept) == 4
    assert sum(kept) == 150
