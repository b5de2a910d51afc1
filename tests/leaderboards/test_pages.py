"""Pages of a board: order, ranks, cursors."""

import base64

import pytest
from django.core import signing

from error_codes import coded
from valhub.accounts.services.deletion import delete_account
from valhub.analyses.models import AnalysisVersion
from valhub.errors import Invalid, Malformed
from valhub.leaderboards.models import Board
from valhub.leaderboards.selectors.boards import board_of
from valhub.leaderboards.selectors.pages import board_page
from valhub.leaderboards.selectors.rows import Value
from valhub.leaderboards.services.entries import ScoredValue, remove_run


def test_ties_share_a_rank_and_the_earlier_is_listed_first(place, ranking):
    place("bob", 1.0, minute=2)
    place("ann", 2.0)
    place("zoe", 1.0, minute=1)
    assert ranking() == [(1, "zoe"), (1, "bob"), (3, "ann")]


def test_incomplete_entries_follow_complete_ones_by_coverage(place, ranking):
    place("half", 0.1, coverage=0.5)
    place("most", 9.0, coverage=0.9)
    place("full", 50.0)
    assert ranking() == [(1, "full"), (2, "most"), (3, "half")]


def test_entries_without_value_come_last(place, ranking):
    place("none", None)
    place("poor", 9.0, coverage=0.1)
    assert ranking() == [(1, "poor"), (2, "none")]


def test_every_displayed_column_sorts_in_its_own_direction(place, ranking):
    place(
        "ann",
        values={
            "mae": ScoredValue(1, 0, 2),
            "bias": ScoredValue(-3.0, -4, -2),
            "share": ScoredValue(0.2, 0, 1),
        },
    )
    place(
        "bob",
        values={
            "mae": ScoredValue(2, 1, 3),
            "bias": ScoredValue(1.0, 0, 2),
            "share": ScoredValue(0.9, 0, 1),
        },
    )
    place("cat", values={"mae": ScoredValue(3, 2, 4), "bias": ScoredValue(-0.5, -1, 0)})
    assert [name for _, name in ranking(column="mae")] == ["ann", "bob", "cat"]
    assert [name for _, name in ranking(column="bias")] == ["cat", "bob", "ann"]
    assert [name for _, name in ranking(column="share")] == ["bob", "ann", "cat"]


def test_zero_and_minus_zero_tie(place, ranking):
    place("ann", values={"mae": ScoredValue(0.0)})
    place("bob", values={"mae": ScoredValue(-0.0)})
    assert ranking() == [(1, "ann"), (1, "bob")]


def test_a_row_shows_values_with_intervals_and_marks_baselines(place, version):
    values = {"mae": ScoredValue(1.0, 0.5, None, 20), "bias": ScoredValue(0.1)}
    place("ann", values=values, is_baseline=True)
    row = board_page(board=board_of(version)).rows[0]
    assert row.is_baseline
    assert row.values["mae"] == Value(1.0, 0.5, None, 20)
    assert set(row.values) == {"mae", "bias"}


def test_a_deleted_account_is_not_named(place, person, version):
    place("ann", 1.0, display_name="Ann's own")
    delete_account(person("ann"))
    row = board_page(board=board_of(version)).rows[0]
    assert (row.author, row.display_name) == ("deleted account", "")


@pytest.mark.parametrize("name", ["secret", "nothing", "mae; drop", "\x00"])
def test_a_column_that_is_not_displayed_is_refused_with_the_ones_that_are(version, name):
    with pytest.raises(Invalid, check=coded("unknown-column"), match="mae, bias, share"):
        board_page(board=board_of(version), column=name)


def test_a_board_nobody_is_on_is_an_empty_page(version, version_without_columns):
    for one in (version, version_without_columns):
        empty = board_page(board=board_of(one))
        assert (empty.rows, empty.next, empty.previous, empty.number) == ((), None, None, 0)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
def test_ranks_are_right_across_the_borders_of_pages(place, ranking, size):
    for name, mae in zip("abcdefg", [1, 1, 1, 2, 2, 3, 3], strict=True):
        place(f"p{name}", float(mae))
    assert [rank for rank, _ in ranking(size=size)] == [1, 1, 1, 4, 4, 6, 6]


def walk_back(version, cursor, size):
    pages = []
    while cursor is not None:
        one = board_page(board=board_of(version), cursor=cursor, size=size)
        pages.insert(0, [row.author for row in one.rows])
        cursor = one.previous
    return pages


def test_previous_leads_back_over_the_same_pages(place, version):
    for name in "abcde":
        place(f"p{name}", 1.0)
    first = board_page(board=board_of(version), size=2)
    second = board_page(board=board_of(version), size=2, cursor=first.next)
    third = board_page(board=board_of(version), size=2, cursor=second.next)
    assert first.previous is None
    assert third.next is None
    assert walk_back(version, third.previous, 2) == [["pa", "pb"], ["pc", "pd"]]


def test_entries_that_come_or_go_meanwhile_shift_no_page(place, version):
    for number in range(6):
        place(f"p{number}", float(number), run_id=100 + number)
    first = board_page(board=board_of(version), size=3)
    place("new", -1.0)
    remove_run(version=version, run_id=102)
    second = board_page(board=board_of(version), size=3, cursor=first.next)
    assert [(row.rank, row.author) for row in second.rows] == [(4, "p3"), (5, "p4"), (6, "p5")]


def test_a_page_behind_the_last_entry_is_empty(place, version):
    place("ann", 1.0)
    place("bob", 2.0, run_id=50)
    cursor = board_page(board=board_of(version), size=1).next
    remove_run(version=version, run_id=50)
    behind = board_page(board=board_of(version), size=1, cursor=cursor)
    assert (behind.rows, behind.next) == ((), None)
    assert behind.previous is not None


BAD_CURSORS = {
    "short": "x",
    "three parts": "a:b:c",
    "not ASCII": "é:é:é",
    "a zero byte": "\x00",
    "long": ".:" * 500,
    "signed by the hub": signing.dumps([1, 2, 3]),
}


@pytest.mark.parametrize("cursor", BAD_CURSORS.values(), ids=BAD_CURSORS)
def test_a_cursor_of_somebodys_own_is_refused(place, version, cursor):
    place("ann", 1.0)
    with pytest.raises(Malformed, check=coded("invalid-cursor")):
        board_page(board=board_of(version), cursor=cursor)


def test_a_cursor_of_another_board_is_refused(place, version):
    """It would show where an entry of the one board would stand on the other."""
    place("ann", 1.0)
    place("bob", 2.0)
    cursor = board_page(board=board_of(version), size=1).next
    later = AnalysisVersion.objects.create(
        analysis=version.analysis,
        number=2,
        kind="task",
        content_hash="2" * 64,
        columns=version.columns,
    )
    other = Board.objects.create(version=later)
    with pytest.raises(Malformed, check=coded("invalid-cursor")):
        board_page(board=other, size=1, cursor=cursor)


def test_nobody_reads_in_a_cursor_what_its_board_is_sorted_by(place, version):
    place("ann", 0.123456789)
    place("bob", 2.0)
    cursor = board_page(board=board_of(version), size=1).next
    texts = [cursor, *cursor.split(":"), *cursor.split(".")]
    read = [base64.urlsafe_b64decode(one + "=" * (-len(one) % 4)) for one in texts]
    assert not [one for one in read if b"0.123456789" in one or b"false" in one]


def test_a_cursor_from_before_the_key_was_changed_goes_on(place, version, settings):
    place("ann", 1.0)
    place("bob", 2.0)
    cursor = board_page(board=board_of(version), size=1).next
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    page = board_page(board=board_of(version), size=1, cursor=cursor)
    assert [row.author for row in page.rows] == ["bob"]


def test_a_cursor_of_another_column_is_refused(place, version):
    place("ann", 1.0)
    place("bob", 2.0)
    cursor = board_page(board=board_of(version), size=1).next
    with pytest.raises(Malformed, check=coded("invalid-cursor")):
        board_page(board=board_of(version), column="bias", cursor=cursor)


def test_a_page_that_changes_while_it_is_read_is_read_again(place, version, monkeypatch):
    place("ann", 1.0)
    place("bob", 2.0, run_id=50)
    read = board_page.__globals__["_read"]
    changes = iter([lambda: remove_run(version=version, run_id=50)])

    def read_and_change(*args):
        found = read(*args)
        next(changes, lambda: None)()
        return found

    monkeypatch.setitem(board_page.__globals__, "_read", read_and_change)
    one = board_page(board=board_of(version))
    assert [row.author for row in one.rows] == ["ann"]
    assert one.number == board_of(version).number


def test_the_first_page_takes_as_many_queries_on_a_long_board(
    place, version, django_assert_num_queries
):
    for number in range(60):
        place(f"p{number}", float(number))
    board = board_of(version)
    with django_assert_num_queries(5):
        assert len(board_page(board=board).rows) == 50
