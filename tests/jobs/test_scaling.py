"""Instances for analyses with work: how many, each launched once, none forgotten.

The instances are processes that do nothing; what an account at AWS may answer is played by
launchers that refuse, lose their answers or die.
"""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion
from valhub.cloud.launchers import Instance, LauncherUnreachable, LaunchRefused
from valhub.cloud.launchers.local_process import LocalLauncher
from valhub.jobs.models import Launch, Preparation, Run, Shard, Work, Worker
from valhub.jobs.scaler import run_scaler
from valhub.jobs.selectors.queues import QueueState, queue_states
from valhub.jobs.services import launching
from valhub.jobs.services.queueing import admit_runs
from valhub.jobs.services.scaling import ScalingLimits, scale_workers, wanted

LONG_AGO = timedelta(hours=1)
MakeRun = Callable[[Account], Run]


class Faulty(LocalLauncher):
    """A launcher that fails as it is told to, before or after it has launched."""

    before: Exception | None = None
    after: BaseException | None = None
    asked: tuple[str, ...] = ()

    def launch(self, analysis_pk: int, token: str) -> str:
        self.asked += (token,)
        if self.before is not None:
            raise self.before
        launched = super().launch(analysis_pk, token)
        if self.after is not None:
            raise self.after
        return launched


class Killed(BaseException):
    """The process ended here."""


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Faulty]:
    """Launches processes that wait."""
    made = Faulty(str(tmp_path), 60, command=("sh", "-c", "exec sleep 60"))
    yield made
    made.before = made.after = None
    made.close()


@pytest.fixture
def queued(make_run: MakeRun, participant: Account) -> Run:
    """A run whose shards wait for workers."""
    run = make_run(participant)
    admit_runs(run.version.analysis_id)
    return run


def live() -> list[Launch]:
    return list(launching.live_launches().order_by("slot"))


def long_ago(*fields: str) -> None:
    """Have it be an hour later than launches were tried, or made."""
    Launch.objects.update(**dict.fromkeys(fields, timezone.now() - LONG_AGO))


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert condition()


@pytest.mark.parametrize(
    ("waiting", "running", "oldest_s", "count"),
    [
        (0, 0, 0.0, 0),
        (0, 40, 0.0, 0),  # What runs has its workers.
        (1, 0, 0.0, 1),
        (400, 0, 0.0, 1),  # It may pass before a second machine has started.
        (400, 0, 59.0, 1),
        (400, 0, 60.0, 2),
        (400, 8, 180.0, 8),
        (400, 0, 1e12, 20),  # Never more than allowed,
        (3, 2, 1e12, 2),  # and none that would have nothing to do.
    ],
)
def test_instances_are_wanted_by_length_and_age_of_the_queue(
    waiting: int, running: int, oldest_s: float, count: int
) -> None:
    limits = ScalingLimits(most=20, workers=4, patience_s=60.0)
    assert wanted(QueueState(waiting, running, oldest_s), limits) == count


@pytest.mark.django_db
def test_the_queue_counts_what_waits_and_what_runs(queued: Run) -> None:
    shards = Shard.objects.filter(run=queued)
    before = shards.count()
    shards.filter(ordinal=0).update(state=Work.LEASED)
    [(pk, state)] = queue_states().items()
    assert (pk, state.waiting, state.running) == (queued.version.analysis_id, before - 1, 1)
    assert 0 <= state.oldest_s < 60


@pytest.mark.django_db
def test_a_new_analysis_has_its_first_instance_before_any_submission(
    version: AnalysisVersion, launcher: Faulty
) -> None:
    Preparation.objects.update(state=Work.QUEUED)
    scale_workers(launcher)
    [launch] = live()
    assert [one.id for one in launcher.instances(version.analysis_id)] == [launch.instance_id]


@pytest.mark.django_db
def test_nothing_is_launched_where_nothing_waits(
    version: AnalysisVersion, launcher: Faulty
) -> None:
    scale_workers(launcher)
    assert (live(), launcher.instances()) == ([], [])


@pytest.mark.django_db
def test_looking_again_launches_nothing_more(queued: Run, launcher: Faulty) -> None:
    for _ in range(3):
        scale_workers(launcher)
    assert len(launcher.instances()) == len(live()) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("concurrent", "instances", "count"), [(3, 10, 3), (100, 2, 2)])
def test_an_analysis_has_no_more_instances_than_it_may(
    queued: Run, launcher: Faulty, settings: Settings, concurrent: int, instances: int, count: int
) -> None:
    settings.MAX_INSTANCES, settings.SCALE_PATIENCE_S = instances, 1e-9
    Analysis.objects.update(max_concurrent_submission_evaluation=concurrent)
    scale_workers(launcher)
    assert len(launcher.instances()) == count
    assert [launch.slot for launch in live()] == list(range(count))


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_launch_one_instance(queued: Run, launcher: Faulty) -> None:
    together = threading.Barrier(4)

    def sweep() -> None:
        together.wait()
        scale_workers(launcher)
        connection.close()

    sweepers = [threading.Thread(target=sweep) for _ in range(4)]
    for sweeper in sweepers:
        sweeper.start()
    for sweeper in sweepers:
        sweeper.join()
    assert len(launcher.instances()) == len(live()) == 1


@pytest.mark.django_db
def test_an_instance_launched_just_before_a_crash_is_found_again(
    queued: Run, launcher: Faulty
) -> None:
    launcher.after = Killed()
    with pytest.raises(Killed):
        scale_workers(launcher)
    launcher.after = None
    scale_workers(launcher)
    assert live()[0].instance_id == ""  # Somebody else may still be at it.
    long_ago("try_after")
    scale_workers(launcher)
    assert [one.id for one in launcher.instances()] == [live()[0].instance_id]


@pytest.mark.django_db
def test_a_lost_answer_is_looked_up_before_asking_again(queued: Run, launcher: Faulty) -> None:
    launcher.after = LauncherUnreachable("EC2 does not answer.")
    scale_workers(launcher)
    token = live()[0].token
    assert live()[0].trouble == "EC2 does not answer."
    long_ago("try_after")
    scale_workers(launcher)
    assert [one.token for one in launcher.instances()] == [str(token)]
    assert (live()[0].token, live()[0].trouble) == (token, "")


@pytest.mark.django_db
def test_a_refusal_is_told_and_asked_again_under_another_name(
    queued: Run, launcher: Faulty, caplog: pytest.LogCaptureFixture
) -> None:
    launcher.before = LaunchRefused("AWS has no capacity.")
    scale_workers(launcher)
    assert live()[0].trouble == "AWS has no capacity."
    assert "launch_failed" in caplog.text
    launcher.before = None
    scale_workers(launcher)
    assert launcher.instances() == []
    long_ago("try_after")
    scale_workers(launcher)
    refused, granted = launcher.asked
    assert refused != granted
    assert [one.token for one in launcher.instances()] == [granted] == [str(live()[0].token)]


@pytest.mark.django_db
def test_pauses_after_refusals_double_up_to_a_limit(queued: Run, launcher: Faulty) -> None:
    launcher.before = LaunchRefused("AWS has no capacity.")
    pauses = []
    for _ in range(8):
        scale_workers(launcher)
        pauses.append((live()[0].try_after - timezone.now()).total_seconds())
        long_ago("try_after")
    assert pauses == pytest.approx([15, 30, 60, 120, 240, 480, 600, 600], abs=3)


@pytest.mark.django_db
def test_after_a_refusal_nobody_else_is_asked_for(
    queued: Run, launcher: Faulty, settings: Settings
) -> None:
    settings.SCALE_PATIENCE_S = 1e-9
    launcher.before = LaunchRefused("AWS has no capacity.")
    scale_workers(launcher)
    launcher.before = None
    scale_workers(launcher)
    assert launcher.instances() == []
    assert [bool(launch.trouble) for launch in live()] == [True] + [False] * (len(live()) - 1)


@pytest.mark.django_db
def test_a_launch_that_nobody_wants_any_more_is_forgone(queued: Run, launcher: Faulty) -> None:
    launcher.before = LaunchRefused("AWS has no capacity.")
    scale_workers(launcher)
    Shard.objects.update(state=Work.DONE)
    long_ago("try_after")
    scale_workers(launcher)
    assert live() == []


@pytest.mark.django_db
def test_an_instance_that_nobody_knows_of_is_ended(
    version: AnalysisVersion, launcher: Faulty
) -> None:
    launcher.launch(version.analysis_id, "of-a-row-that-is-gone")
    scale_workers(launcher)
    wait_for(lambda: not launcher.instances())


@pytest.mark.django_db
def test_the_second_instance_of_one_launch_is_ended(queued: Run, launcher: Faulty) -> None:
    scale_workers(launcher)
    [launch] = live()
    Launch.objects.update(instance_id="another")
    scale_workers(launcher)
    wait_for(lambda: not launcher.instances())
    assert launch.instance_id != "another"


@pytest.mark.django_db
def test_an_instance_that_left_makes_room_for_another(queued: Run, launcher: Faulty) -> None:
    scale_workers(launcher)
    [first] = live()
    launcher.close()
    scale_workers(launcher)
    assert live() == [first]  # A fresh one may not be listed yet.
    long_ago("launched_at")
    scale_workers(launcher)
    scale_workers(launcher)
    [second] = live()
    assert (second.slot, second.pk == first.pk) == (0, False)
    assert [one.id for one in launcher.instances()] == [second.instance_id]


@pytest.mark.django_db
def test_an_instance_none_of_whose_workers_is_heard_of_is_ended(
    queued: Run, launcher: Faulty
) -> None:
    scale_workers(launcher)
    long_ago("launched_at")
    Shard.objects.update(state=Work.DONE)
    scale_workers(launcher)
    wait_for(lambda: not launcher.instances())
    assert "none of its workers sent a heartbeat" in Launch.objects.get().trouble


@pytest.mark.django_db
@pytest.mark.parametrize("ending", ["", "-77"])
def test_an_instance_with_a_worker_alive_is_left_alone(
    queued: Run, launcher: Faulty, ending: str
) -> None:
    scale_workers(launcher)
    long_ago("launched_at")
    Worker.objects.create(name=f"{live()[0].instance_id}{ending}")
    scale_workers(launcher)
    assert len(launcher.instances()) == len(live()) == 1


@pytest.mark.django_db
def test_rows_stay_as_they_are_when_nobody_can_tell_what_runs(
    queued: Run, launcher: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    scale_workers(launcher)
    long_ago("launched_at")

    def unknown(_analysis_pk: int | None = None) -> list[Instance]:
        raise LauncherUnreachable("EC2 does not answer.")

    monkeypatch.setattr(launcher, "instances", unknown)
    scale_workers(launcher)
    assert len(live()) == 1


@pytest.mark.django_db
def test_launches_that_ended_long_ago_are_forgotten(version: AnalysisVersion) -> None:
    for days in (6, 8):
        ended = timezone.now() - timedelta(days=days)
        Launch.objects.create(analysis=version.analysis, ended_at=ended)
    launching.delete_old_launches()
    assert Launch.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_goes_wrong_once_is_logged_and_done_again(
    queued: Run, launcher: Faulty, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SCALE_MS = 20
    launcher.before = ValueError("This cannot be.")
    stop = threading.Event()
    scaler = threading.Thread(target=run_scaler, args=(stop, launcher))
    scaler.start()
    try:
        wait_for(lambda: "scaling_failed" in caplog.text)
        launcher.before = None
        long_ago("try_after")
        wait_for(lambda: live()[0].instance_id)
    finally:
        stop.set()
        scaler.join()
