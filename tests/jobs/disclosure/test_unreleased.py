"""A run that is no improvement: what is stored, counted and shown of it besides its own outlets."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.jobs.disclosure.marked_run import finish_run, make_version, marked_files, summary
from tests.jobs.disclosure.outlets import numbers_in, precision, read_all
from valhub.accounts.models import Account
from valhub.jobs.disclosure.readers import Reader
from valhub.jobs.disclosure.shown_run import shown_progress, shown_run
from valhub.jobs.models import Run, Status, Submission

As = Callable[[Account | None], Client]
HIDDEN = 12


@pytest.fixture
def run(organiser: Account, participant: Account) -> Run:
    version = make_version(organiser, {"policy": {"release": "improvement"}}, HIDDEN)
    return finish_run(version, participant, summary(HIDDEN, released=False), HIDDEN)


def test_it_is_on_no_board(run: Run, as_: As) -> None:
    page = read_all(as_(None), iter([f"/analyses/{run.version.analysis_id}"]))
    assert "The leaderboard is still empty" in page


def test_nothing_is_stored_for_an_earlier_release(run: Run) -> None:
    assert Submission.objects.get().result is None


def test_a_run_that_goes_on_counts_files_but_not_failures(run: Run) -> None:
    Run.objects.update(status=Status.RUNNING, released=True)
    progress = shown_progress(Run.objects.get(), Reader.AUTHOR)
    known = [file for file in marked_files(HIDDEN) if file.part != "final"]
    failed = [file for file in known if file.failed and file.part == "public"]
    assert (progress.done, progress.files) == (len(known), len(known))
    assert progress.failed == len(failed) == 1
    whole = shown_progress(Run.objects.get(), Reader.ORGANISER)
    assert whole.failed == sum(file.failed for file in marked_files(HIDDEN))


def test_costs_are_summed_up_once_the_run_has_ended(
    organiser: Account, participant: Account
) -> None:
    """What a sum grows by while the run goes on is the costs of one file."""
    run = finish_run(make_version(organiser, {}, HIDDEN), participant, summary(HIDDEN), HIDDEN)
    ended = shown_run(run, Reader.AUTHOR).costs
    assert ended is not None
    assert ended.files == HIDDEN + 1
    Run.objects.update(status=Status.RUNNING)
    assert shown_run(Run.objects.get(), Reader.AUTHOR).costs is None


def test_an_earlier_run_that_was_released_keeps_its_result(
    run: Run, as_: As, participant: Account
) -> None:
    Run.objects.update(released=True)
    again = Run.objects.get()
    again.pk, again.number, again.released, again.aggregates = None, 2, False, {}
    again.save()
    client, value = as_(participant), summary(HIDDEN).aggregates["mean_mae"].value
    for address in ("jobs", "submissions"):
        text = read_all(client, iter([f"/{address}/{run.submission_id}"]))
        assert precision(numbers_in(text), value), address
