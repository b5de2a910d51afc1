"""Every scored run keeps what it lost, and the best of many has intervals that say so."""

import numpy as np
import pytest

from tests.jobs.finished_runs import end
from valhub.analyses.errors import PackageAltered
from valhub.cloud.errors import StorageError
from valhub.evaluation.scoring.losses import unpack
from valhub.evaluation.scoring.packed_losses import PackedLosses
from valhub.jobs.models import Mark
from valhub.jobs.services import missing_losses
from valhub.jobs.services.missing_losses import LOSSES_KEPT, keep_missing_losses
from valhub.jobs.services.submission_changes import archive_submission, rerun_submission
from valhub.leaderboards.models import Board, Entry, RunLosses, Score

pytestmark = pytest.mark.django_db(transaction=True)
PRIMARY = "mean_absolute_error_azimuth"


def packed(row):
    return PackedLosses._make(getattr(row, name) for name in PackedLosses._fields)


def test_a_scored_run_keeps_its_losses_by_system(finished):
    run = finished(1.0, 2.0, None, 0.5)
    row = RunLosses.objects.get()
    assert (row.run_id, row.column, row.account) == (run.pk, PRIMARY, run.submission.created_by)
    read = unpack([packed(row)])
    assert np.array_equal(read.losses, [[1.0, 2.0, np.nan, 0.5]], equal_nan=True)
    assert read.missing.tolist() == [[0, 0, 1, 0]]
    assert (row.systems, row.files, row.digest) == (4, 4, read.digests()[0])


def test_a_run_without_a_score_keeps_none(finished):
    finished(None, None, None, None)
    assert not RunLosses.objects.exists()


def test_a_run_that_is_not_the_best_counts_and_changes_the_page(finished):
    finished(1.0, 1.0, 1.0, 1.0)
    before = Board.objects.get().number
    finished(2.0, 2.0, 2.0, 2.0)
    assert RunLosses.objects.count() == 2
    assert Board.objects.get().number > before
    assert Score.objects.get(column=PRIMARY).value == 1.0


def test_a_second_run_counts_and_an_archived_one_still_does(finished):
    run = finished(1.0, 1.0, 1.0, 1.0)
    again = rerun_submission(run.submission)
    end(again, (1.0, 1.0, 1.0, 1.0))
    assert RunLosses.objects.values("digest").distinct().count() == 1
    assert set(RunLosses.objects.values_list("run_id", flat=True)) == {run.pk, again.pk}
    archive_submission(again.submission)
    assert not Entry.objects.exists()
    assert RunLosses.objects.count() == 2


def ends():
    return Score.objects.values_list("low", "high").get(column=PRIMARY)


def test_the_interval_of_the_best_grows_with_every_try(finished, with_an_interval):
    finished(21.0, 22.0, 23.0, 24.0)
    widths = [np.diff(ends())[0]]
    for number in range(3):
        finished(99.0, 99.0, 99.0, 99.5 + number)
        widths.append(np.diff(ends())[0])
    assert widths == sorted(widths)
    assert len(set(widths)) == 4
    finished(20.0, 21.0, 22.0, 23.0)
    assert Score.objects.get(column=PRIMARY).value == 21.5
    assert np.diff(ends())[0] > widths[-1]


def test_tries_that_are_alike_but_for_noise_widen_nothing(finished, with_an_interval):
    finished(21.0, 22.0, 23.0, 24.0)
    before = ends()
    finished(21.0, 22.0, 23.0, 24.0)
    finished(21.0, 22.0, 23.0, 24.0 + 1e-9)
    assert RunLosses.objects.count() == 3
    assert ends() == before
    finished(21.0, 22.0, 23.0, 24.1)
    assert np.diff(ends()) > np.diff(before)


def test_the_next_best_has_no_interval_until_another_run_has_finished(finished, with_an_interval):
    finished(2.0, 3.0, 4.0, 5.0)
    best = finished(1.0, 2.0, 3.0, 4.0)
    archive_submission(best.submission)
    assert ends() == (None, None)
    finished(9.0, 9.0, 9.0, 9.5)
    assert None not in ends()


def test_other_people_s_runs_do_not_widen_it(finished, with_an_interval, outsider):
    finished(1.0, 2.0, 3.0, 4.0)
    before = ends()
    finished(9.0, 9.0, 9.0, 9.5, account=outsider)
    score = Score.objects.get(column=PRIMARY, value=2.5)
    assert (score.low, score.high) == before


def test_losses_of_earlier_releases_are_kept_later(finished):
    runs = [finished(1.0, 2.0, None, 0.5), finished(3.0, 3.0, 3.0, 3.0)]
    before = sorted(RunLosses.objects.values_list("run_id", "losses", "missing", "digest"))
    RunLosses.objects.all().delete()
    number = Board.objects.get().number
    keep_missing_losses()
    after = sorted(RunLosses.objects.values_list("run_id", "losses", "missing", "digest"))
    assert [tuple(map(value, row)) for row in after] == [tuple(map(value, row)) for row in before]
    assert Board.objects.get().number > number
    assert Mark.objects.get(name=LOSSES_KEPT).number == max(run.pk for run in runs)


def test_a_widened_interval_of_an_earlier_release_says_of_how_many_systems_it_is(
    finished, with_an_interval
):
    finished(1.0, 2.0, 3.0, 4.0)
    finished(5.0, 5.0, 6.0, 6.0)
    counted = Score.objects.values_list("systems", "sites").get(column=PRIMARY)
    RunLosses.objects.all().delete()
    Score.objects.update(low=None, high=None, systems=0, sites=0)
    keep_missing_losses()
    assert None not in ends()
    assert counted[0] == 4
    assert Score.objects.values_list("systems", "sites").get(column=PRIMARY) == counted


def value(cell):
    return bytes(cell) if isinstance(cell, memoryview) else cell


def test_losses_that_cannot_be_found_leave_the_others_alone(finished, monkeypatch):
    first, second = finished(1.0, 1.0, 1.0, 1.0), finished(2.0, 2.0, 2.0, 2.0)
    RunLosses.objects.all().delete()
    real = missing_losses.losses_of_run

    def broken(run):
        if run.pk == first.pk:
            raise OSError("no room")
        return real(run)

    monkeypatch.setattr(missing_losses, "losses_of_run", broken)
    keep_missing_losses()
    assert RunLosses.objects.get().run_id == second.pk


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (OSError("no room"), True),
        (StorageError("The storage does not answer."), True),
        (PackageAltered(), False),
    ],
)
def test_losses_are_looked_for_again_unless_the_package_is_gone(
    finished, monkeypatch, error, again
):
    run = finished(1.0, 1.0, 1.0, 1.0)
    RunLosses.objects.all().delete()

    def broken(run):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(missing_losses, "losses_of_run", broken)
        keep_missing_losses()
    assert Mark.objects.get(name=LOSSES_KEPT).number == (0 if again else run.pk)
    keep_missing_losses()
    assert RunLosses.objects.exists() is again
