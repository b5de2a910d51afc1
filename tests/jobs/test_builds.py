"""Environments have a queue of their own: what waits for one holds no worker and nobody's place."""

import errno
import math
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from valhub.evaluation.execution.environments import (
    InstallCancelled,
    InstallFailed,
    InstallTimeout,
    InvalidRequirements,
    NoInterpreter,
    NoRoom,
)
from valhub.jobs.builder import building, loop
from valhub.jobs.builder.building import build_environment
from valhub.jobs.builder.loop import claim_build
from valhub.jobs.models import ENDED, UNFINISHED, Build, Heartbeat, Run, Shard, Status, Work
from valhub.jobs.selectors.builds import build_queue, next_builds, used_s
from valhub.jobs.selectors.heartbeats import silent_seconds
from valhub.jobs.selectors.quotas import quota_left
from valhub.jobs.selectors.waiting import waiting_words
from valhub.jobs.services import builds
from valhub.jobs.services.builds import (
    charge_build,
    fail_build,
    finish_build,
    postpone_build,
    show_builder,
    wait_for_build,
)
from valhub.jobs.services.heartbeats import BUILDER, record_heartbeat
from valhub.jobs.services.leasing import LostLease, claim
from valhub.jobs.services.queueing import admit_runs, claim_shard, mark_started
from valhub.jobs.services.submission_changes import cancel_submission
from valhub.jobs.sweeper import sweep_once, tidy_once
from valhub.jobs.worker.held_lease import HeldLease

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.databases]

HERE, ELSEWHERE = "a" * 32, "b" * 32


@pytest.fixture
def waiting(make_run):
    """Makes a run whose first shard found its environment missing; returns its build."""

    def make(account, environment="e" * 64, store=HERE):
        run = make_run(account)
        shard = claim(Shard.objects.filter(run=run).order_by("turn"), "worker-1")
        wait_for_build(shard, store=store, environment=environment)
        return Build.objects.get(run=run, store=store)

    return make


def begin(build, owner="builder-1"):
    return claim(Build.objects.filter(pk=build.pk), owner)


def kinds(build):
    return list(build.run.submission.events.order_by("number").values_list("kind", flat=True))


def test_a_run_that_lacks_its_environment_holds_no_worker_and_has_not_begun(waiting, participant):
    build = waiting(participant)
    assert build.run.status == build.run.submission.status == Status.SUBMITTED
    assert {*build.run.shards.values_list("state", flat=True)} == {Work.HELD}
    assert claim_shard("worker-1", store=HERE) is None
    assert kinds(build) == ["submitted", "queued", "environment_waiting"]


def test_its_place_among_those_evaluated_at_once_goes_to_another(
    waiting, make_run, participant, outsider, version
):
    version.analysis.max_concurrent_submission_evaluation = 1
    version.analysis.save()
    build, other = waiting(participant), make_run(outsider)
    assert [run.admitted for run in (Run.objects.get(pk=build.run_id), other)] == [False, True]
    sweep_once()
    assert not Run.objects.get(pk=build.run_id).admitted


def test_a_ready_environment_lets_the_run_go_on_in_its_turn(waiting, make_run, participant):
    build = waiting(participant)
    later = make_run(participant)
    finish_build(begin(build))
    assert kinds(build)[-2:] == ["environment_ready", "queued"]
    assert claim_shard("worker-1", store=HERE).work.run_id == build.run_id
    assert build.run.turn < later.turn


def test_a_run_goes_on_where_its_environment_is_ready(make_run, participant):
    run = make_run(participant)
    first = claim_shard("far-1", store=ELSEWHERE)
    mark_started(run, timezone.now())
    wait_for_build(claim_shard("near-1", store=HERE), store=HERE, environment="e" * 64)
    assert Run.objects.get(pk=run.pk).admitted
    assert claim_shard("near-1", store=HERE) is None
    assert claim_shard("far-2", store=ELSEWHERE) is not None
    finish_build(begin(Build.objects.get()))
    assert claim_shard("near-1", store=HERE) is not None
    assert first.held().exists()


def test_two_shards_of_a_run_want_one_build(make_run, participant):
    make_run(participant)
    for shard in [claim_shard(f"near-{number}") for number in range(2)]:
        wait_for_build(shard, store=HERE, environment="e" * 64)
    assert Build.objects.count() == 1


def test_an_environment_that_was_removed_is_made_again(waiting, participant):
    build = waiting(participant)
    finish_build(begin(build))
    wait_for_build(claim_shard("near-1", store=HERE), store=HERE, environment="f" * 64)
    again = Build.objects.get()
    assert (again.pk, again.state, again.environment) == (build.pk, Work.QUEUED, "f" * 64)


def test_whoever_lost_its_lease_asks_for_no_environment(make_run, participant):
    make_run(participant)
    shard = claim_shard("near-1")
    shard.give_back()
    wait_for_build(shard, store=HERE, environment="e" * 64)
    assert not Build.objects.exists()


# Whose turn it is.


def owners(store=HERE):
    found = Build.objects.select_related("run__submission__created_by").in_bulk(next_builds(store))
    return [found[pk].run.submission.created_by.username for pk in next_builds(store)]


@pytest.mark.parametrize("places", [1, 2, 3])
def test_no_account_has_every_place_of_a_machine(
    waiting, participant, outsider, settings, places, real_engine
):
    settings.BUILDS_AT_ONCE = places
    for number in range(5):
        waiting(participant, f"{number}" * 64)
    held = [claim_build(f"builder-{number}", HERE) for number in range(places)]
    assert sum(one is not None for one in held) == max(1, places - 1)
    late = waiting(outsider, "9" * 64)
    if places > 1:
        assert claim_build("builder-9", HERE).work.pk == late.pk


def test_who_builds_less_goes_first_and_then_who_has_used_less(
    waiting, participant, outsider, organiser, settings
):
    settings.BUILDS_AT_ONCE = 4
    for number, account in enumerate((participant, participant, outsider, organiser)):
        waiting(account, f"{number}" * 64)
    assert owners() == [one.username for one in (participant, outsider, organiser)]
    busy = Build.objects.order_by("pk").first()
    begin(busy)
    assert owners() == [one.username for one in (outsider, organiser, participant)]
    used = waiting(outsider, "8" * 64)
    finish_build(begin(used))
    charge_build(used, 30.0)
    assert owners() == [one.username for one in (organiser, outsider, participant)]


def test_what_is_being_made_is_not_made_twice(waiting, participant, outsider, settings):
    settings.BUILDS_AT_ONCE = 4
    first, same = waiting(participant), waiting(outsider)
    held = begin(first)
    assert next_builds(HERE) == []
    finish_build(held)
    assert next_builds(HERE) == [same.pk]


def test_each_machine_makes_its_own(waiting, participant):
    build = waiting(participant, store=ELSEWHERE)
    assert (next_builds(HERE), next_builds(ELSEWHERE)) == ([], [build.pk])


# How builds end.


def test_a_failed_build_ends_the_run_and_counts_in_vain(waiting, participant, version):
    build = waiting(participant)
    before = quota_left(version.analysis, participant).in_vain
    fail_build(begin(build), "No wheels.", our_fault=False)
    run = Run.objects.get(pk=build.run_id)
    assert (run.status, run.reason) == (Status.FAILED, "No wheels.")
    assert not run.submission.our_fault
    assert quota_left(version.analysis, participant).in_vain == before - 1


def test_a_cancelled_run_takes_its_build_along(waiting, participant):
    build = waiting(participant)
    held = begin(build)
    cancel_submission(build.run.submission)
    assert not held.held().exists()
    for end in (finish_build, lambda one: fail_build(one, "Late.", our_fault=True)):
        with pytest.raises(LostLease):
            end(held)
    assert Run.objects.get(pk=build.run_id).status == Status.CANCELLED


def test_time_counts_for_a_day_whatever_became_of_the_run(waiting, participant, outsider):
    build = waiting(participant)
    held = begin(build)
    cancel_submission(build.run.submission)
    charge_build(held.work, 12.0)
    charge_build(held.work, 3.0)
    assert (used_s(participant.pk), used_s(outsider.pk)) == (15.0, 0.0)
    Build.objects.update(progressed_at=F("progressed_at") - timedelta(days=1))
    assert used_s(participant.pk) == 0.0


def test_a_used_up_budget_ends_the_next_run_before_anything_is_made(
    waiting, participant, outsider, settings
):
    settings.BUILD_DAY_S = 60
    build = waiting(participant)
    finish_build(begin(build))
    charge_build(build, 60.0)
    refused, other = waiting(participant), waiting(outsider)
    # Without a context, whatever is made would be a fault of the hub.
    for each in (refused, other):
        build_environment(begin(each), None, threading.Event())
    assert (
        "has taken 60 s of the 60 s that are allowed" in Run.objects.get(pk=refused.run_id).reason
    )
    other.refresh_from_db()
    assert (other.state, other.deaths) == (Work.QUEUED, 1)


def test_a_postponed_build_waits_longer_each_time_and_counts_from_its_beginning(
    waiting, participant, settings
):
    build = waiting(participant)
    pauses = []
    for _ in range(3):
        Build.objects.update(try_after=F("queued_at"))
        build.refresh_from_db()
        postpone_build(begin(build), "No index.")
        build.refresh_from_db()
        assert next_builds(HERE) == []
        pauses.append(build.try_after - timezone.now())
    assert pauses[0] < pauses[1] < pauses[2] < builds.LONGEST_PAUSE
    assert build_queue().waiting == 1
    assert waiting_words(build.run).startswith("No index. The hub tries again at ")


def lose(build, ago=timedelta(minutes=5)):
    """Have a build's builder die after five minutes of work, so long ago."""
    ended = timezone.now() - ago
    begun = ended - timedelta(minutes=5)
    Build.objects.filter(pk=build.pk).update(lease_until=ended, progressed_at=begun)


def test_a_dead_builders_build_goes_to_another_with_its_time_counted(waiting, participant):
    build = waiting(participant)
    dead = begin(build)
    lose(build)
    sweep_once()
    again = begin(build, "builder-2")
    assert again.attempt == dead.attempt + 1
    assert 300 <= used_s(participant.pk) < 400
    with pytest.raises(LostLease):
        finish_build(dead)
    finish_build(again)


def test_an_outage_after_a_builders_death_counts_for_nobody(waiting, participant):
    build = waiting(participant)
    begin(build)
    lose(build, ago=timedelta(hours=9))
    sweep_once()
    Build.objects.update(progressed_at=timezone.now())
    assert used_s(participant.pk) == pytest.approx(300, abs=1)


class Making:
    """A worker's context in which making an environment ends like this."""

    def __init__(self, monkeypatch, end):
        def build(_package, _algorithm, _context):
            if isinstance(end, Exception):
                raise end
            end()

        monkeypatch.setattr(building, "build_environments", build)

    def making(self, _version, _cancel):
        return None

    @contextmanager
    def algorithm(self, _run, _version):
        yield None, None


def make(build, context):
    build_environment(begin(build), context, threading.Event())
    build.refresh_from_db()
    return Run.objects.get(pk=build.run_id)


TOO_LONG, MALFORMED = InstallTimeout.after(300), InvalidRequirements("alpha is malformed.")


@pytest.mark.parametrize("error", [TOO_LONG, MALFORMED, NoInterpreter("No Python 3.11.")])
def test_a_run_that_has_begun_elsewhere_does_not_end_here(waiting, participant, monkeypatch, error):
    begun, new = waiting(participant), waiting(participant, "f" * 64)
    mark_started(begun.run, timezone.now())
    context = Making(monkeypatch, error)
    assert make(begun, context).status == Status.RUNNING
    assert (begun.state, begun.trouble) == (Work.QUEUED, str(error))
    assert next_builds(HERE) == [new.pk]
    assert make(new, context).status == Status.FAILED


def test_a_used_up_budget_does_not_end_a_run_that_has_begun(waiting, participant, settings):
    settings.BUILD_DAY_S = 60
    build = waiting(participant)
    mark_started(build.run, timezone.now())
    charge_build(begin(build).work, 60.0)
    Build.objects.update(state=Work.QUEUED)
    build.refresh_from_db()
    assert make(build, None).status == Status.RUNNING
    assert build.trouble.startswith("Within a day, making environments")


NO_SPACE = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("error", [NoRoom(), NO_SPACE])
def test_a_full_disk_is_no_failed_try_and_costs_nobody(waiting, participant, monkeypatch, error):
    build = waiting(participant)
    assert make(build, Making(monkeypatch, error)).status == Status.SUBMITTED
    assert (build.state, build.deaths, build.seconds) == (Work.QUEUED, 0, 0.0)
    assert "too little room" in waiting_words(build.run)


def test_nothing_is_made_on_a_disk_that_is_nearly_full(waiting, participant, settings, real_engine):
    build, elsewhere = waiting(participant), waiting(participant, store=ELSEWHERE)
    settings.RESERVED_BYTES = 2**62
    # Without a context, whatever is made would be a fault of the hub.
    assert not loop._is_busy(None, HERE, threading.Event())
    for each in (build, elsewhere):
        each.refresh_from_db()
    assert (build.state, build.deaths) == (Work.QUEUED, 0)
    assert "too little room" in waiting_words(build.run)
    assert (next_builds(HERE), next_builds(ELSEWHERE)) == ([], [elsewhere.pk])


@pytest.mark.parametrize(
    ("end", "counts"),
    [(InstallFailed("Broken."), True), (LostLease(), True), (ValueError("ours"), False)],
)
def test_what_cannot_be_installed_costs_its_author_the_time(
    waiting, participant, monkeypatch, end, counts
):
    build = waiting(participant)
    make(build, Making(monkeypatch, end))
    assert (used_s(participant.pk) > 0) is counts


def test_time_in_which_a_builder_was_stopped_costs_nobody(waiting, participant, monkeypatch):
    monkeypatch.setattr(HeldLease, "lost_s", 3600.0)
    build = waiting(participant)
    make(build, Making(monkeypatch, lambda: None))
    assert (build.state, used_s(participant.pk)) == (Work.DONE, 0.0)


def test_what_an_index_refuses_for_days_is_given_up(waiting, participant):
    build = waiting(participant)
    Build.objects.update(queued_at=F("queued_at") - builds.GIVEN_UP_AFTER - timedelta(hours=1))
    for _ in range(builds._LEAST_TRIES):
        assert Run.objects.get(pk=build.run_id).status not in ENDED
        Build.objects.update(try_after=F("queued_at"))
        build.refresh_from_db()
        postpone_build(begin(build), "No index.")
    run = Run.objects.get(pk=build.run_id)
    assert (run.status, run.submission.our_fault) == (Status.FAILED, True)
    assert run.reason == "No index. After 3 days it was given up."
    tidy_once()
    assert Build.objects.filter(pk=build.pk).exists()


def test_a_build_that_keeps_killing_builders_is_given_up(waiting, participant, settings):
    build = waiting(participant)
    for _ in range(settings.MAX_DEATHS):
        assert Run.objects.get(pk=build.run_id).status not in ENDED
        begin(build)
        lose(build)
        sweep_once()
    run = Run.objects.get(pk=build.run_id)
    assert (run.status, run.submission.our_fault) == (Status.FAILED, True)
    assert "ended every builder that tried. It was given up." in run.reason


def test_runs_leave_a_machine_whose_builders_are_silent(waiting, participant, outsider):
    build, alive = waiting(participant), waiting(outsider, store=ELSEWHERE)
    Build.objects.update(seen_at=F("seen_at") - builds.SILENT_AFTER - timedelta(seconds=1))
    show_builder(ELSEWHERE)
    sweep_once()
    assert Run.objects.get(pk=build.run_id).admitted
    assert not Run.objects.get(pk=alive.run_id).admitted
    assert claim_shard("worker-1", store=HERE).work.run_id == build.run_id


def test_a_wait_for_builders_that_never_come_is_one_wait(waiting, participant):
    build = waiting(participant)
    past = {
        "queued_at": F("queued_at") - timedelta(hours=1),
        "seen_at": F("seen_at") - timedelta(hours=1),
    }
    Build.objects.update(**past)
    sweep_once()
    wait_for_build(claim_shard("worker-1", store=HERE), store=HERE, environment="e" * 64)
    assert build_queue().oldest_s > 3600
    finish_build(begin(build))
    wait_for_build(claim_shard("worker-1", store=HERE), store=HERE, environment="e" * 64)
    assert build_queue().oldest_s < 60


def test_builders_are_missed_only_while_something_waits_for_them(waiting, participant, as_):
    def processes():
        return as_(None).get("/readyz").json()["processes"]

    record_heartbeat(BUILDER)
    Heartbeat.objects.update(at=F("at") - timedelta(minutes=2))
    # One that was killed when there was nothing to make.
    assert BUILDER not in processes()
    build = waiting(participant)
    assert processes()[BUILDER].startswith("silent for 12")
    Heartbeat.objects.all().delete()
    assert BUILDER not in processes()
    Build.objects.update(queued_at=F("queued_at") - timedelta(minutes=2))
    assert processes()[BUILDER] == "not running"
    assert silent_seconds()[BUILDER] == math.inf
    finish_build(begin(build))
    assert BUILDER not in processes()


def test_a_build_that_comes_back_after_minutes_stays_on_its_machine(waiting, participant):
    build = waiting(participant)
    held = begin(build)
    Build.objects.update(seen_at=F("seen_at") - builds.SILENT_AFTER - timedelta(seconds=1))
    # The machine's other builder, or the heartbeat of this one.
    show_builder(HERE)
    held.give_back()
    sweep_once()
    build.refresh_from_db()
    assert build.state == Work.QUEUED


def test_a_builder_leaves_a_cancelled_run_at_once(waiting, participant, monkeypatch, settings):
    settings.LEASE_S = 3600  # It is not renewed meanwhile.
    build = waiting(participant)
    cancels = []

    class Cancelled(Making):
        def making(self, _version, cancel):
            cancels.append(cancel)

    def wait():
        cancel_submission(build.run.submission)
        assert cancels[0].wait(120)
        raise InstallCancelled

    make(build, Cancelled(monkeypatch, wait))
    assert (build.state, build.seconds > 0) == (Work.CANCELLED, True)


def test_a_run_that_has_begun_says_that_it_waits_once_nothing_else_goes_on(waiting, participant):
    build = waiting(participant)
    mark_started(build.run, timezone.now())
    held = begin(build)
    run = Run.objects.get(pk=build.run_id)
    Shard.objects.filter(pk=run.shards.first().pk).update(state=Work.LEASED)
    assert waiting_words(run) == ""
    run.shards.update(state=Work.QUEUED)
    postpone_build(held, "No index.")
    assert waiting_words(run).startswith("No index. The hub tries again at ")


def test_builds_are_kept_for_as_long_as_they_count_or_are_waited_for(waiting, participant):
    done, open_ = waiting(participant), waiting(participant, "f" * 64)
    finish_build(begin(done))
    tidy_once()
    assert Build.objects.count() == 2
    Build.objects.update(queued_at=F("queued_at") - timedelta(days=3))
    tidy_once()
    # It was worked on within a day, however long it waited before.
    assert Build.objects.count() == 2
    Build.objects.update(progressed_at=F("progressed_at") - timedelta(days=3))
    tidy_once()
    assert [one.pk for one in Build.objects.all()] == [open_.pk]


# What people and monitoring see.


def test_its_author_reads_why_it_waits(waiting, participant, as_):
    build = waiting(participant)
    page = f"/submissions/{build.run.submission_id}"
    assert "It waits for its environment to be made." in as_(participant).get(page).content.decode()
    begin(build)
    shown = as_(participant).get(page).content.decode()
    assert "Its environment has been in the making since " in shown
    assert "waiting for its environment" in shown
    detail = as_(participant).get(f"/jobs/{build.run.submission_id}").content.decode()
    assert "Its environment has been in the making since " in detail


def test_monitoring_reads_how_many_wait_and_for_how_long(waiting, participant, outsider):
    assert (build_queue().waiting, build_queue().oldest_s) == (0, 0.0)
    first, _ = waiting(participant), waiting(outsider)
    Build.objects.filter(pk=first.pk).update(queued_at=F("queued_at") - timedelta(minutes=7))
    assert 420 <= build_queue().oldest_s < 500
    begin(first)
    found = build_queue()
    assert (found.waiting, found.running) == (1, 1)
    assert found.oldest_s < 60
    assert Build.objects.filter(state__in=UNFINISHED).count() == 2


def test_admission_waits_for_the_environment(waiting, participant, version):
    build = waiting(participant)
    admit_runs(version.analysis_id)
    assert not Run.objects.get(pk=build.run_id).admitted
