"""A script package whose metrics fit no board ends with a sentence to its organiser."""

import pytest
from django.db import transaction

from valhub.analyses.board_columns import BoardColumn
from valhub.analyses.models import PackageKind
from valhub.evaluation.results import Best
from valhub.jobs.models import FileResult, Run, Status
from valhub.jobs.services.finishing import finish_if_done
from valhub.leaderboards.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(version, make_run, participant):
    """A run of a script package that has one file, on a board that knows one metric."""
    run = make_run(participant)
    version.files.exclude(ordinal=0).delete()
    version.kind, version.columns = PackageKind.SCRIPT, []
    version.columns = [BoardColumn.of_script("all.MAE", Best.LOWEST).document()]
    version.save()
    return run


def finish(run, metric):
    file = run.version.files.get()
    FileResult.objects.create(
        run=run, file=file, verdict="scored", metrics={metric: 1.0}, coverage=1.0
    )
    with transaction.atomic():
        finish_if_done(Run.objects.select_for_update().get(pk=run.pk))
    run.submission.refresh_from_db()
    return run.submission


def test_a_metric_that_differs_in_case_is_the_organisers_error(run):
    submission = finish(run, "all.mae")
    assert (submission.status, submission.our_fault) == (Status.FAILED, True)
    assert submission.reason == "The evaluation failed on your answer."
    run.refresh_from_db()
    assert "returned 'all.mae', but its leaderboard has 'all.MAE'" in run.evaluation_report
    assert not Entry.objects.exists()


def test_a_metric_that_the_board_knows_is_placed(run):
    assert finish(run, "all.MAE").status == Status.FINISHED
    assert Entry.objects.get().coverage == 1.0
