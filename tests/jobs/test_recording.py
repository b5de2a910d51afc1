"""What is kept of one file's result, and by whom."""

import math

import pytest

from valhub.analyses.models import DataFile
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.results import FileOutcome, Verdict
from valhub.jobs.models import Event, FileResult, Run, Shard
from valhub.jobs.services.engine_summary import engine_results
from valhub.jobs.services.leasing import LostLease, claim
from valhub.jobs.services.recording import record_file_result

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def held(make_run, participant):
    """A shard that a worker holds."""
    make_run(participant)
    return claim(Shard.objects.order_by("turn", "id"), "one")


def record(held, **fields):
    result = FileOutcome("a.csv", Verdict.SCORED, **fields)
    return record_file_result(held, held.work.files[0], result)


def test_everything_about_a_file_is_kept(held):
    assert record(
        held,
        message="m\0",
        metrics={"error": 1.5},
        coverage=0.5,
        wall_s=2.0,
        cpu_s=1.0,
        peak_memory_bytes=7,
        traceback="t\0",
        logs="l\0",
    )
    kept = FileResult.objects.values().get(run_id=held.work.run_id, file_id=held.work.files[0])
    assert {name: kept[name] for name in kept.keys() - {"id", "run_id", "file_id", "at"}} == {
        "verdict": "scored",
        "message": "m\ufffd",
        "metrics": {"error": 1.5},
        "coverage": 0.5,
        "wall_s": 2.0,
        "cpu_s": 1.0,
        "wall_measured": True,
        "cpu_measured": True,
        "peak_memory_bytes": 7,
        "traceback": "t\ufffd",
        "logs": "l\ufffd",
    }


@pytest.mark.parametrize(
    ("part", "judged", "counted"),
    [
        (Part.HIDDEN, True, True),
        (Part.FINAL, True, True),
        (Part.PUBLIC, True, False),
        (Part.HIDDEN, False, False),
    ],
)
def test_a_run_counts_from_the_first_file_that_can_show_something_hidden(
    held, make_run, participant, part, judged, counted
):
    other = make_run(participant)
    DataFile.objects.filter(pk=held.work.files[0]).update(part=part)
    record(held, judged=judged)
    assert Run.objects.get(pk=held.work.run_id).counted is counted
    assert not Run.objects.get(pk=other.pk).counted


@pytest.mark.parametrize("wall_s", [None, 0.0, 2.5])
def test_a_run_time_that_was_not_measured_is_no_zero(held, wall_s):
    record(held, wall_s=wall_s)
    assert FileResult.objects.get().elapsed_s == wall_s
    run = Run.objects.get()
    assert [one.wall_s for one in engine_results(run)] == [wall_s]


@pytest.mark.parametrize("cpu_s", [None, 0.0, 2.5])
def test_processor_time_that_was_not_measured_is_no_zero(held, cpu_s):
    record(held, cpu_s=cpu_s)
    assert FileResult.objects.get().cpu_time_s == cpu_s
    run = Run.objects.get(pk=held.work.run_id)
    assert [one.cpu_s for one in engine_results(run)] == [cpu_s]


def test_a_metric_that_is_not_finite_is_not_kept(held):
    record(held, metrics={"good": 1.0, "nan": math.nan, "up": math.inf, "down": -math.inf})
    kept = FileResult.objects.get()
    assert kept.metrics == {"good": 1.0}
    assert kept.verdict == "organiser_error"
    assert kept.message.startswith("nan of this file is not a finite number;")
    assert Event.objects.get(kind="file").data["verdict"] == "organiser_error"


def test_the_first_result_of_a_file_stays_and_is_the_only_event(held):
    assert record(held, coverage=1.0)
    assert not record(held, coverage=0.0)
    assert FileResult.objects.get().coverage == 1.0
    event = Event.objects.get(kind="file")
    assert event.submission_id == held.work.run.submission_id
    assert event.data == {"run": 1, "file": "a.csv", "verdict": "scored"}


def test_a_result_is_a_sign_of_life(held):
    Shard.objects.update(progressed_at=None, lease_until=None)
    record(held)
    shard = Shard.objects.get(pk=held.work.pk)
    assert None not in (shard.progressed_at, shard.lease_until)


def test_whoever_lost_the_shard_records_nothing(held):
    Shard.objects.filter(pk=held.work.pk).update(attempt=99)
    with pytest.raises(LostLease):
        record(held)
    assert not FileResult.objects.exists()
