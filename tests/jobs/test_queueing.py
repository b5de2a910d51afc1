"""Fair turns, admission, and how files are dealt into shards."""

import pytest

from valhub.analyses.models import DataFile
from valhub.evaluation.packages.tasks.parts import Part
from valhub.jobs.models import ENDED, Preparation, Run, Shard, Work
from valhub.jobs.services.leasing import claim
from valhub.jobs.services.queueing import admit_runs, claim_shard
from valhub.jobs.services.run_ends import cancel_run
from valhub.jobs.services.sharding import deal, in_turn

pytestmark = pytest.mark.django_db(transaction=True)


def claimed_account():
    held = claim(Shard.objects.order_by("turn", "id"), "one")
    return held.work.run.submission.created_by


def test_a_heavy_account_does_not_starve_another(make_run, participant, outsider):
    for _ in range(5):
        make_run(participant)
    claimed_account()
    make_run(outsider)
    first_ten = [claimed_account() for _ in range(10)]
    assert first_ten.count(outsider) >= 4


def test_accounts_that_come_together_take_turns(make_run, participant, outsider):
    make_run(participant)
    make_run(outsider)
    turns = [claimed_account() for _ in range(6)]
    assert turns.count(participant) == turns.count(outsider) == 3


def test_an_idle_account_saves_up_no_turns(make_run, participant, outsider):
    for _ in range(3):
        make_run(participant)
    Shard.objects.update(state=Work.DONE)
    newcomer, regular = make_run(outsider), make_run(participant)
    assert abs(newcomer.turn - regular.turn) <= Shard.objects.filter(run=regular).count()


def test_only_so_many_submissions_of_an_analysis_run_at_once(version, make_run, participant):
    version.analysis.max_concurrent_submission_evaluation = 2
    version.analysis.save()
    runs = [make_run(participant) for _ in range(4)]
    assert list(Run.objects.filter(admitted=True).order_by("turn")) == runs[:2]
    assert not Shard.objects.filter(run=runs[2]).exclude(state=Work.HELD).exists()


def test_the_administrator_caps_what_an_analysis_asks_for(version, make_run, participant, settings):
    settings.MAX_AT_ONCE = 1
    runs = [make_run(participant) for _ in range(3)]
    assert list(Run.objects.filter(admitted=True)) == runs[:1]
    settings.MAX_AT_ONCE = 2
    admit_runs(version.analysis_id)
    assert list(Run.objects.filter(admitted=True).order_by("turn")) == runs[:2]


def test_the_end_of_a_run_lets_the_next_one_in(version, make_run, participant):
    version.analysis.max_concurrent_submission_evaluation = 1
    version.analysis.save()
    first, second = make_run(participant), make_run(participant)
    assert cancel_run(first)
    assert first.pk in Run.objects.filter(status__in=ENDED).values_list("pk", flat=True)
    assert Run.objects.get(pk=second.pk).admitted


def test_nothing_runs_before_the_data_is_prepared(version, make_run, participant):
    Preparation.objects.update(state=Work.QUEUED)
    run = make_run(participant)
    assert not Run.objects.get(pk=run.pk).admitted
    Preparation.objects.update(state=Work.DONE)
    admit_runs(version.analysis_id)
    assert Run.objects.get(pk=run.pk).admitted


def made_files(version, sizes, public=()):
    return [
        DataFile(
            pk=i + 1,
            version=version,
            ordinal=i,
            size=size,
            part=Part.PUBLIC if i in public else Part.HIDDEN,
        )
        for i, size in enumerate(sizes)
    ]


def test_files_are_dealt_out_evenly_and_completely(version, settings):
    settings.SHARDS = 4
    files = list(DataFile.objects.filter(version=version))
    shards = deal(files)
    size = {file.pk: file.size for file in files}
    loads = [sum(size[pk] for pk in shard) for shard in shards]
    assert sorted(pk for shard in shards for pk in shard) == sorted(size)
    assert loads == sorted(loads, reverse=True)
    assert max(loads) <= 2 * min(loads)


def test_there_are_never_more_shards_than_files(version, settings):
    settings.SHARDS = 64
    assert len(deal(list(DataFile.objects.filter(version=version)))) == 8


@pytest.mark.parametrize("public", [{0}, {3, 9, 14}, set(range(20)), set()])
def test_public_files_come_first_and_share_no_shard_with_hidden_ones(version, settings, public):
    settings.SHARDS = 8
    files = made_files(version, range(100, 2100, 100), public)
    keys = {files[i].pk for i in public}
    kinds = [{pk in keys for pk in shard} for shard in deal(files)]
    assert all(len(kind) == 1 for kind in kinds)
    assert kinds == sorted(kinds, key=lambda kind: kind == {False})
    assert 8 <= len(kinds) <= 9


def in_order(files):
    """All files in the order in which one worker would run them."""
    return tuple(pk for shard in in_turn(deal(files), files) for pk in shard)


@pytest.mark.parametrize("shards", [1, 4, 64])
def test_files_of_alike_size_have_another_order_in_each_run(version, settings, shards):
    settings.SHARDS = shards
    files = made_files(version, range(1000, 1900, 45), public={3, 7, 11})
    orders = {in_order(files) for _ in range(10)}
    assert len(orders) == 10
    assert tuple(file.pk for file in files) not in orders
    public = {files[i].pk for i in (3, 7, 11)}
    assert all(set(order[:3]) == public for order in orders)


def test_a_shard_with_a_much_longer_file_is_claimed_first(version, settings):
    settings.SHARDS = 8
    files = made_files(version, [50, 51, 52, 53, 54, 55, 56, 400])
    for _ in range(10):
        assert in_order(files)[0] == 8


def test_each_run_stores_the_order_that_was_drawn_for_it(make_run, participant):
    stored = []
    for _ in range(4):
        shards = Shard.objects.filter(run=make_run(participant)).order_by("turn")
        stored.append(tuple(pk for shard in shards for pk in shard.files))
    assert len({tuple(sorted(order)) for order in stored}) == 1
    assert len(set(stored)) > 1


def test_a_worker_stays_with_the_run_it_is_ready_for(make_run, participant, outsider):
    make_run(participant)
    ready = make_run(outsider)
    claims = [claim_shard("one", stay_with=ready.pk) for _ in range(4)]
    assert {held.work.run_id for held in claims} == {ready.pk}


def test_a_worker_that_does_not_stay_takes_whose_turn_it_is(make_run, participant, outsider):
    waiting = make_run(participant)
    make_run(outsider)
    assert claim_shard("one").work.run_id == waiting.pk
