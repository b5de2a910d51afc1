"""What a deleted account wrote goes, also from what it submitted; results stay."""

from dataclasses import asdict

import pytest
from django.db import transaction

from valhub.accounts.services.deletion import delete_account
from valhub.evaluation.results import Aggregate, Best
from valhub.jobs.models import Submission
from valhub.jobs.services.board_entries import restore_to_board
from valhub.jobs.sweeper import tidy_once
from valhub.leaderboards.models import Board, Entry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ranked(version, make_run):
    """Gives an account a submission with a name, on the board."""
    metric = {"name": "mae", "label": "MAE", "unit": "", "best": "lowest", "shown": True}
    version.columns = [metric]
    version.save()

    def make(account):
        run = make_run(account)
        Submission.objects.filter(runs=run).update(display_name=f"{account.username}'s own")
        run.refresh_from_db()
        mae = Aggregate(1.0, None, None, "min", "MAE", "mean", "mae", Best.LOWEST)
        run.coverage, run.aggregates = 1.0, {"mae": asdict(mae)}
        with transaction.atomic():
            restore_to_board(run)
        return run.submission

    return make


def test_the_names_that_a_deleted_account_gave_are_forgotten(ranked, participant, outsider):
    for account in (participant, outsider):
        ranked(account)
    before = Board.objects.get().number
    delete_account(participant)
    tidy_once()
    for model in (Submission, Entry):
        assert set(model.objects.values_list("display_name", flat=True)) == {"", "oscar's own"}
    assert Board.objects.get().number == before + 1
    tidy_once()
    assert Board.objects.get().number == before + 1
    assert Entry.objects.count() == 2
