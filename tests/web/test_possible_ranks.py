"""Possible ranks, runs and comparisons on the pages, and the words where there are none."""

from collections.abc import Callable

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion
from valhub.evaluation.scoring.comparisons import Thresholds
from valhub.evaluation.scoring.losses import Losses, without_noise
from valhub.evaluation.scoring.packed_losses import PackedLosses
from valhub.evaluation.scoring.tries import Tries
from valhub.jobs.models import Run, Status, Submission
from valhub.leaderboards.models import Board, Entry, RunLosses, Score
from valhub.leaderboards.selectors import possible_ranks
from valhub.leaderboards.services.entries import ScoredValue, place_run
from valhub.leaderboards.services.run_losses import keep_losses

pytestmark = pytest.mark.databases

As = Callable[[Account | None], Client]
Place = Callable[..., Run]


@pytest.fixture
def place(analysis: Analysis) -> Place:
    """Place a run with its losses by system; without any, as an earlier release did."""

    def place_one(account: Account, *losses: float, missing: int = 0, kept: bool = True) -> Run:
        version = analysis.current_version
        submission = Submission.objects.create(
            analysis=analysis, created_by=account, display_name=f"of {account}", status="finished"
        )
        run = Run.objects.create(submission=submission, version=version, status=Status.FINISHED)
        placed = place_run(
            version=version,
            account=account,
            submission_id=submission.pk,
            run_id=run.pk,
            display_name=submission.display_name,
            is_baseline=False,
            coverage=1.0,
            values={"mean_error": ScoredValue(float(np.mean(losses or [0.0])))},
            submitted_at=timezone.now(),
        )
        if kept:
            packed = pack(*losses) if losses else PackedLosses()
            keep_losses(
                version=version, account=account, run_id=run.pk, losses=packed, placed=placed
            )
        return run

    return place_one


def pack(*losses: float) -> PackedLosses:
    cells = without_noise(np.array([losses]))
    return Losses(cells, np.zeros(cells.shape, dtype=np.int64), cells.size).pack()[0]


def page_of(analysis: Analysis, **query: str) -> str:
    response = Client().get(f"/analyses/{analysis.pk}", query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def ranks(analysis: Analysis) -> list[tuple[str, str, int]]:
    board = Client().get(f"/analyses/{analysis.pk}").context["board"]
    return [(line.name, line.ranks, line.runs) for line in board.lines]


def test_a_clear_lead_and_an_open_one(
    analysis: Analysis, place: Place, participant: Account, outsider: Account, staff: Account
) -> None:
    place(participant, *[1.0] * 20)
    place(outsider, *[1.5] * 10, *[0.6] * 10)
    place(staff, *[9.0] * 20)
    assert ranks(analysis) == [
        ("of paul", "1 to 2", 1),
        ("of oscar", "1 to 2", 1),
        ("of stella", "3", 1),
    ]
    analysis.versions.update(archive="a.zip")
    page = page_of(analysis, version="1", sort="mean_error")
    entry = Entry.objects.get(account=participant)
    assert f'href="/analyses/{analysis.pk}/compare/{entry.pk}?version=1"' in page
    assert "Among 3 runs, clearly ahead means better on at least 17 of 20 systems;" in page
    assert page.count("may be the best") == 2


def test_every_scored_run_counts_though_the_board_shows_one_of_each_account(
    analysis: Analysis, place: Place, participant: Account, outsider: Account
) -> None:
    place(participant, *[1.0] * 17, *[3.0] * 3)
    place(outsider, *[2.0] * 20)
    assert [shown for _, shown, _ in ranks(analysis)] == ["1", "2"]
    for number in range(8):
        place(outsider, *[3.0 + number] * 20)
    assert [shown for _, shown, _ in ranks(analysis)] == ["1 to 2", "1 to 2"]
    assert [runs for _, _, runs in ranks(analysis)] == [1, 9]
    page = page_of(analysis)
    assert "Among 10 runs" in page
    assert 'title="best of 9 runs on these files; the score flatters it by that choice"' in page
    assert "its interval is wider for it" in page


def test_a_thousand_tries_of_one_account_cost_others_no_more_than_one(
    analysis: Analysis,
    place: Place,
    participant: Account,
    outsider: Account,
    staff: Account,
) -> None:
    place(participant, *[1.0] * 18, *[2.5] * 2)
    place(outsider, *[2.0] * 20)
    place(staff, *[9.0] * 20)
    before = ranks(analysis)
    assert [shown for _, shown, _ in before] == ["1", "2", "3"]
    board = Board.objects.get()
    noise = np.random.default_rng(5).normal(9.0, 0.1, (1000, 20))
    packed = Losses(noise, np.zeros(noise.shape, dtype=np.int64), 20).pack()
    RunLosses.objects.bulk_create(
        RunLosses(board=board, column="mean_error", account=staff, run_id=-number, **one._asdict())
        for number, one in enumerate(packed)
    )
    Board.objects.update(number=board.number + 1)
    # With equal shares, 20 systems could not order so many runs.
    assert Thresholds(Tries.of_equals(1003)).fewest_systems(1.0, 1.0) > 20
    after = ranks(analysis)
    assert [(name, shown) for name, shown, _ in after] == [one[:2] for one in before]
    assert [runs for *_, runs in after] == [1, 1, 1001]
    assert "Among 1,003 runs, clearly ahead means better on at least 17 of 20" in page_of(analysis)
    place(staff, *[0.5] * 19, 3.0)
    # What is said of the entry that was chosen among a thousand runs takes more wins.
    assert [shown for _, shown, _ in ranks(analysis)] == ["1 to 3", "1 to 2", "2 to 3"]


def test_noise_is_no_other_result(
    analysis: Analysis, place: Place, participant: Account, outsider: Account
) -> None:
    place(participant, *[1.0] * 15, *[3.0] * 5)
    place(outsider, *[2.0] * 20)
    for number in range(1, 6):
        place(outsider, *[2.0 + number * 1e-9] * 20)
    assert ranks(analysis) == [("of paul", "1", 1), ("of oscar", "2", 6)]
    page = page_of(analysis)
    assert "Among 2 runs, clearly ahead means better on at least 15 of 20 systems;" in page
    assert "flatters" not in page


def test_what_several_accounts_have_in_common_counts_once(
    analysis: Analysis, place: Place, participant: Account, outsider: Account, staff: Account
) -> None:
    """All began with the same example, which is nobody's second try."""
    for account in (participant, outsider, staff):
        place(account, *[3.0] * 20)
    assert "Among 1 run" not in page_of(analysis)
    assert [shown for _, shown, _ in ranks(analysis)] == ["1 to 3"] * 3
    place(participant, *[1.0] * 17, *[4.0] * 3)
    assert "Among 2 runs, clearly ahead means better on at least" in page_of(analysis)


def test_nobody_chose_by_the_scores_of_a_final_part(
    analysis: Analysis, place: Place, participant: Account
) -> None:
    for loss in (1.0, 2.0):
        place(participant, *[loss] * 20)
    Score.objects.filter(column="mean_error").update(column="final:mean_error")
    RunLosses.objects.update(column="final:mean_error")
    Entry.objects.update(final_coverage=1.0)
    analysis.versions.update(final_files=20, revealed_at=timezone.now())
    page = page_of(analysis)
    assert ranks(analysis) == [("of paul", "1", 2)]
    assert "on these files" not in page
    assert "those over the final part do not" in page


def test_a_run_that_has_left_the_board_still_counts(
    analysis: Analysis, place: Place, participant: Account, outsider: Account
) -> None:
    place(participant, *[1.0] * 20)
    place(outsider, *[2.0] * 20)
    Entry.objects.get(account=outsider).delete()
    Board.objects.update(number=99, entries_count=1)
    assert "Among 2 runs" in page_of(analysis)


def test_too_few_systems_are_said_in_words(
    analysis: Analysis, place: Place, participant: Account, outsider: Account
) -> None:
    place(participant, 1.0, 1.0)
    place(outsider, 2.0, 2.0)
    page = page_of(analysis)
    assert "2 systems cannot order 2 runs." in page
    assert "Possible ranks" not in page


def test_one_system_is_said_in_words(
    analysis: Analysis, place: Place, participant: Account, outsider: Account
) -> None:
    place(participant, 1.0)
    place(outsider, 2.0)
    assert "The file comes from one system: the scores describe this system" in page_of(analysis)


def test_one_number_for_the_whole_is_said_in_words(
    analysis: Analysis, place: Place, participant: Account
) -> None:
    place(participant)
    place(participant)
    page = page_of(analysis)
    assert "The evaluation gives one number for the whole" in page
    assert ranks(analysis)[0][2] == 2


def test_runs_of_an_earlier_release_leave_their_ranks_open(
    analysis: Analysis, place: Place, participant: Account, outsider: Account, staff: Account
) -> None:
    place(participant, *[1.0] * 20, kept=False)
    assert "An earlier release scored these runs, and they are not compared." in page_of(analysis)
    place(outsider, *[2.0] * 20)
    place(staff, *[9.0] * 20)
    found = ranks(analysis)
    assert [shown for _, shown, _ in found] == ["1 to 3", "1 to 2", "2 to 3"]
    assert "1 run of an earlier release cannot be compared." in page_of(analysis)


@pytest.mark.parametrize("limit", ["MOST_ENTRIES", "MOST_CELLS"])
def test_a_board_that_is_too_large_says_so(
    analysis: Analysis,
    place: Place,
    participant: Account,
    outsider: Account,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
) -> None:
    monkeypatch.setattr(possible_ranks, limit, 1)
    place(participant, *[1.0] * 20)
    place(outsider, *[2.0] * 20)
    page = page_of(analysis)
    assert "2 entries on 20 systems are too many to compare" in page
    assert "Possible ranks" not in page


def test_another_order_has_no_possible_ranks(
    analysis: Analysis, place: Place, participant: Account, outsider: Account
) -> None:
    place(participant, *[1.0] * 20)
    place(outsider, *[2.0] * 20)
    assert "Possible ranks" in page_of(analysis)
    assert "Possible ranks" not in page_of(analysis, sort="mean_f1")


def test_a_board_is_compared_once_until_it_changes(
    analysis: Analysis,
    place: Place,
    participant: Account,
    outsider: Account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = []
    real = possible_ranks._compare
    monkeypatch.setattr(possible_ranks, "_compare", lambda *of: (compared.append(of), real(*of))[1])
    place(participant, *[1.0] * 20)
    place(outsider, *[2.0] * 20)
    for _ in range(3):
        page_of(analysis)
    assert len(compared) == 1
    place(outsider, *[3.0] * 20)
    page_of(analysis)
    assert len(compared) == 2


def test_losses_are_kept_once_for_each_run(
    analysis: Analysis, place: Place, participant: Account
) -> None:
    run = place(participant, 1.0, 2.0)
    number = Board.objects.get().number
    keep_losses(
        version=analysis.current_version, account=participant, run_id=run.pk, losses=pack(5.0, 5.0)
    )
    assert RunLosses.objects.get().digest == pack(1.0, 2.0).digest
    assert Board.objects.get().number == number


def compare_page(analysis: Analysis, account: Account, status: int = 200) -> str:
    entry = Entry.objects.get(account=account)
    response = Client().get(f"/analyses/{analysis.pk}/compare/{entry.pk}")
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def declare(version: AnalysisVersion, smallest: float) -> None:
    AnalysisVersion.objects.filter(pk=version.pk).update(
        disclosure={"smallest_difference": smallest}
    )


def test_two_entries_are_compared_with_the_smallest_difference_that_matters(
    analysis: Analysis, place: Place, participant: Account, outsider: Account
) -> None:
    place(participant, *[1.0] * 16, *[2.0] * 3, 9.0)
    place(outsider, *[2.0] * 16, *[2.125] * 3, 2.0)
    assert "19 better, 0 same, 1 worse of 20 systems: better" in compare_page(analysis, participant)
    declare(analysis.current_version, 0.25)
    page = compare_page(analysis, participant)
    assert "16 better, 3 same, 1 worse of 20 systems: better" in page
    assert "Differences up to 0.25 min count as the same." in page
    other = compare_page(analysis, outsider)
    assert "1 better, 3 same, 16 worse of 20 systems: worse" in other
    assert 'href="/how-sure"' in page


def test_a_run_of_an_earlier_release_is_not_compared(
    analysis: Analysis, place: Place, participant: Account, outsider: Account, staff: Account
) -> None:
    """Nothing is known of its files, so they are not "unanswered by both"."""
    place(participant, *[1.0] * 20)
    place(outsider, *[2.0] * 20)
    place(staff, *[9.0] * 20, kept=False)
    page = compare_page(analysis, participant)
    assert "20 better, 0 same, 0 worse of 20 systems: better" in page
    assert "of stella" not in page
    assert "unanswered by both" not in page
    page = compare_page(analysis, staff)
    assert "1 run of an earlier release cannot be compared." in page
    assert "of paul" not in page


def test_what_cannot_be_ordered_is_not_compared(
    analysis: Analysis, place: Place, participant: Account, outsider: Account
) -> None:
    place(participant, 1.0, 1.0)
    place(outsider, 2.0, 2.0)
    page = compare_page(analysis, participant)
    assert "2 systems cannot order 2 runs." in page
    assert "better," not in page


def test_entries_of_a_draft_are_compared_for_its_organiser_alone(
    analysis: Analysis, place: Place, participant: Account, outsider: Account, as_: As
) -> None:
    place(participant, *[1.0] * 20)
    place(outsider, *[2.0] * 20)
    Analysis.objects.update(state="draft")
    address = f"/analyses/{analysis.pk}/compare/{Entry.objects.get(account=participant).pk}"
    readers = (None, participant, analysis.creator)
    assert [as_(one).get(address).status_code for one in readers] == [404, 404, 200]


def test_an_entry_that_is_gone_is_a_page_that_says_so(
    analysis: Analysis, place: Place, participant: Account
) -> None:
    response = Client().get(f"/analyses/{analysis.pk}/compare/4711")
    assert response.status_code == 404
    assert "There is no such entry on this leaderboard." in response.content.decode()
    place(participant, 1.0, 1.0)
    assert Client().get(f"/analyses/{analysis.pk}/compare/4711").status_code == 404


def test_how_sure_is_a_page_and_every_board_links_to_it(
    analysis: Analysis, place: Place, participant: Account
) -> None:
    place(participant, 1.0, 2.0)
    page = Client().get("/how-sure").content.decode()
    assert "<h1>How sure is a score, and who is better?</h1>" in page
    assert page.count("How sure is a score, and who is better?") == 2
    assert "<h4>We count systems, not files</h4>" in page
    assert "<table>" in page
    assert 'href="/how-sure"' in page_of(analysis)
