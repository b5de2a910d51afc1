"""Placing runs on a board and taking them off."""

import math

import pytest
from django.db import transaction

from valhub.leaderboards.models import Board, Entry, Score
from valhub.leaderboards.selectors.boards import board_of
from valhub.leaderboards.selectors.pages import board_page
from valhub.leaderboards.services.entries import ScoredValue, place_run, remove_run


def only_entry():
    return Entry.objects.get()


def test_a_better_run_takes_the_accounts_place(place):
    place("ann", 3.0, run_id=7)
    place("ann", 2.0, run_id=8)
    assert only_entry().run_id == 8
    assert Score.objects.get(column="mae").value == 2.0


def test_a_worse_run_changes_nothing(place, version):
    place("ann", 2.0, run_id=7)
    number = board_of(version).number
    place("ann", 3.0, run_id=8)
    assert only_entry().run_id == 7
    assert board_of(version).number == number


def test_a_complete_run_beats_a_better_incomplete_one(place):
    place("ann", 0.1, run_id=7, coverage=0.9)
    place("ann", 9.0, run_id=8)
    place("ann", 0.2, run_id=9, coverage=0.99)
    assert only_entry().run_id == 8


def test_the_earlier_of_two_equal_runs_stays_whichever_finishes_first(place):
    place("ann", 2.0, run_id=7, minute=5)
    place("ann", 2.0, run_id=8, minute=9)
    assert only_entry().run_id == 7
    place("ann", 2.0, run_id=9, minute=1)
    assert only_entry().run_id == 9


def test_placing_a_run_twice_changes_nothing(place, version):
    place("ann", 2.0, run_id=7, minute=1)
    before = board_of(version)
    place("ann", 2.0, run_id=7, minute=1)
    after = board_of(version)
    assert (after.number, after.entries_count) == (before.number, before.entries_count)


def test_the_entry_tells_what_was_placed(place):
    place("ann", 2.0, run_id=7, display_name="Change point", is_baseline=True, coverage=0.75)
    entry = only_entry()
    assert (entry.display_name, entry.is_baseline, entry.coverage) == ("Change point", True, 0.75)


def test_every_change_raises_the_boards_number_and_counts_its_entries(place, version):
    place("ann", 3.0)
    place("ann", 2.0)
    place("bob", 1.0)
    board = board_of(version)
    assert (board.number, board.entries_count) == (3, 2)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, None])
def test_a_value_that_is_no_number_is_missing(place, bad):
    place("ann", values={"mae": ScoredValue(bad, 1.0, 2.0)})
    score = Score.objects.get(column="mae")
    assert (score.value, score.low, score.high) == (None, None, None)


def test_an_interval_without_end_is_left_out(place):
    place("ann", values={"mae": ScoredValue(1.0, -math.inf, math.nan)})
    score = Score.objects.get(column="mae")
    assert (score.value, score.low, score.high) == (1.0, None, None)


@pytest.mark.parametrize("coverage", [math.nan, -0.1, 1.1, math.inf])
def test_a_coverage_outside_its_range_is_refused(place, coverage):
    with pytest.raises(ValueError, match="coverage"):
        place("ann", 1.0, coverage=coverage)
    assert not Entry.objects.exists()


def test_scores_are_kept_for_displayed_columns_only(place):
    place(
        "ann",
        values={
            "mae": ScoredValue(1.0, 0.5, 2.0),
            "secret": ScoredValue(5.0, 4.0, 6.0),
            "odd": ScoredValue(1.0, 1.0, 1.0),
        },
    )
    assert set(Score.objects.values_list("column", flat=True)) == {"mae", "bias", "share"}


def test_nothing_is_placed_on_a_version_without_columns(version_without_columns, place, person):
    place_run(
        version=version_without_columns,
        account=person("ann"),
        submission_id=person("ann").pk,
        run_id=1,
        display_name="",
        is_baseline=False,
        coverage=1.0,
        values={"mae": ScoredValue(1.0)},
        submitted_at=person("ann").date_joined,
    )
    assert not Entry.objects.exists()


def test_columns_learned_since_the_version_was_read_count(version, place):
    type(version).objects.filter(pk=version.pk).update(columns=version.columns[2:3])
    place("ann", values={"share": ScoredValue(0.5)})
    assert Score.objects.get().column == "share"


def test_a_removed_run_leaves_no_row(place, version):
    place("ann", 1.0, run_id=7)
    remove_run(version=version, run_id=7)
    assert not Entry.objects.exists()
    assert not Score.objects.exists()
    assert board_of(version).entries_count == 0
    assert board_of(version).number == 2


def test_removing_a_run_that_is_not_on_the_board_changes_nothing(place, version):
    place("ann", 1.0, run_id=7)
    remove_run(version=version, run_id=8)
    assert only_entry().run_id == 7
    assert board_of(version).number == 1


def test_the_next_best_run_takes_over_in_the_transaction_that_removes_the_best(place, version):
    place("ann", 1.0, run_id=7)
    with transaction.atomic():
        remove_run(version=version, run_id=7)
        place("ann", 5.0, run_id=3)
        place("ann", 4.0, run_id=4)
    assert only_entry().run_id == 4


def test_what_a_broken_off_transaction_placed_is_gone(place, version):
    place("ann", 2.0, run_id=7)
    with transaction.atomic():
        place("ann", 1.0, run_id=8)
        transaction.set_rollback(True)
    assert only_entry().run_id == 7
    assert board_of(version).number == 1


def test_boards_of_versions_are_apart(place, version):
    place("ann", 1.0)
    other = type(version).objects.create(
        analysis=version.analysis, number=2, kind="task", content_hash="2" * 64
    )
    assert board_page(board=board_of(other)).rows == ()
    assert Board.objects.count() == 1


def test_a_script_packages_later_metric_sorts_everybody(version, place, ranking):
    type(version).objects.update(kind="script", columns=version.columns[:1])
    version.refresh_from_db()
    place("ann", 1.0)
    place("bob", 2.0, coverage=0.5)
    share = {"name": "share", "label": "Share", "unit": "", "best": "highest", "shown": True}
    type(version).objects.update(columns=[*version.columns, share])
    version.refresh_from_db()
    place("cat", values={"mae": ScoredValue(3.0), "share": ScoredValue(0.5)})
    assert ranking(column="share") == [(1, "cat"), (2, "ann"), (3, "bob")]
