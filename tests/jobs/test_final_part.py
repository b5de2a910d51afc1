"""The final part: scored with every run, kept unseen, and revealed in one step."""

from contextlib import suppress
from itertools import count

import pytest
from django.db import connection

from error_codes import coded
from tests.jobs.final_parts import PRIMARY, finish, record, started_run, stored_version
from valhub.analyses.board_columns import final_name
from valhub.analyses.errors import NotInThisState
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion
from valhub.analyses.services.publication import publish_analysis, withdraw_analysis
from valhub.errors import Conflict, Invalid
from valhub.evaluation.packages.tasks.parts import Part
from valhub.jobs.models import FileResult, Run, Shard, Status
from valhub.jobs.services.finishing import finish_shard
from valhub.jobs.services.leasing import claim
from valhub.jobs.services.open_analyses import check_open
from valhub.jobs.services.submission_changes import archive_submission, rerun_submission
from valhub.leaderboards.models import Board, Entry, RunLosses, Score
from valhub.leaderboards.selectors.boards import board_of, etag_of
from valhub.leaderboards.selectors.pages import board_page
from valhub.leaderboards.services.final_parts import reveal_final_part

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.databases]
FINAL = final_name(PRIMARY)


@pytest.fixture
def version(organiser, real_engine):
    return stored_version(organiser)


@pytest.fixture
def scored(version, participant, tiny_algorithm):
    """Submits and finishes a run; each is another algorithm."""
    numbers = count()

    def make(*, account=participant, **errors):
        archive = tiny_algorithm(notes__txt=str(next(numbers)))
        return finish(started_run(version, account, archive), **errors)

    return make


def board(version, **options):
    return board_page(board=board_of(AnalysisVersion.objects.get(pk=version.pk)), **options)


def ranking(version):
    page = board(version)
    return [(row.rank, row.values[page.column.name].value) for row in page.rows]


def test_the_final_part_is_kept_apart_from_everything_else(version, scored):
    run = scored(hidden=2.0, final=7.0)
    assert (run.status, run.verdict, run.coverage) == (Status.FINISHED, "scored", 1.0)
    assert run.aggregates[PRIMARY]["value"] == 2.0
    assert run.final["aggregates"][PRIMARY]["value"] == 7.0
    assert (run.final["verdict"], run.final["coverage"]) == ("scored", 1.0)
    assert version.final_files == 2


@pytest.mark.parametrize(("hidden", "final"), [(1.0, None), (None, 1.0)])
def test_failures_of_one_part_are_not_those_of_the_other(scored, hidden, final):
    run = scored(hidden=hidden, final=final)
    assert run.verdict == ("scored" if hidden else "error")
    assert run.status == (Status.FINISHED if hidden else Status.FAILED)
    assert run.reason == ("" if hidden else run.submission.reason)
    assert "roof-2" not in run.reason
    assert "of 2 files" in run.reason or hidden
    assert run.final["verdict"] == ("scored" if final else "error")
    assert run.final["coverage"] == (1.0 if final else 0.0)


def test_readers_of_a_board_see_nothing_of_it_before(version, scored):
    scored(hidden=2.0, final=7.0)
    page = board(version)
    assert not [one.name for one in page.columns if one.final]
    assert set(page.rows[0].values) == {PRIMARY, "max_absolute_error_azimuth"}
    assert page.rows[0].final_coverage is None
    with pytest.raises(Invalid) as refused:
        board(version, column=FINAL)
    assert "final" not in refused.value.detail.partition("Sort by")[2]


def test_once_revealed_it_ranks_and_hidden_scores_stand_beside_it(
    version, scored, outsider, organiser
):
    scored(hidden=1.0, final=9.0)
    scored(hidden=2.0, final=3.0, account=outsider)
    assert ranking(version) == [(1, 1.0), (2, 2.0)]
    reveal_final_part(version.analysis)
    assert ranking(version) == [(1, 3.0), (2, 9.0)]
    page = board(version)
    assert [one.name for one in page.columns][:2] == [FINAL, PRIMARY]
    assert [row.values[PRIMARY].value for row in page.rows] == [2.0, 1.0]
    assert [row.final_coverage for row in page.rows] == [1.0, 1.0]
    assert [row.rank for row in board(version, column=PRIMARY).rows] == [1, 2]


def test_which_run_ranks_is_decided_by_hidden_files_alone(version, scored):
    best = scored(hidden=1.0, final=9.0)
    scored(hidden=2.0, final=0.0)
    reveal_final_part(version.analysis)
    assert ranking(version) == [(1, 9.0)]
    assert Entry.objects.get().run_id == best.pk


def test_who_failed_on_the_final_part_comes_last(version, scored, outsider):
    scored(hidden=1.0, final=None)
    scored(hidden=2.0, final=50.0, account=outsider)
    reveal_final_part(version.analysis)
    page = board(version)
    assert [row.final_coverage for row in page.rows] == [1.0, 0.0]
    assert FINAL not in page.rows[1].values


def test_a_run_that_ends_after_the_reveal_is_ranked_too(
    version, participant, outsider, tiny_algorithm, scored
):
    scored(hidden=1.0, final=9.0)
    late = started_run(version, outsider, tiny_algorithm(notes__txt="late"))
    reveal_final_part(version.analysis)
    finish(late, hidden=5.0, final=4.0)
    assert ranking(version) == [(1, 4.0), (2, 9.0)]


def test_an_earlier_run_takes_over_with_its_own_final_score(version, scored):
    scored(hidden=2.0, final=3.0)
    best = scored(hidden=1.0, final=9.0)
    archive_submission(best.submission)
    reveal_final_part(version.analysis)
    assert ranking(version) == [(1, 3.0)]


def test_a_revealed_analysis_is_closed_for_good(version, scored):
    submission = scored(hidden=1.0).submission
    before = etag_of(board_of(version))
    reveal_final_part(version.analysis)
    analysis = Analysis.objects.get()
    assert analysis.state == AnalysisState.CLOSED
    assert etag_of(board_of(analysis.current_version)) != before
    with pytest.raises(NotInThisState, match="Upload a new version"):
        publish_analysis(analysis)
    withdraw_analysis(analysis)
    publish_analysis(analysis)
    assert Analysis.objects.get().state == AnalysisState.CLOSED
    Analysis.objects.update(state=AnalysisState.PUBLISHED)
    analysis = Analysis.objects.get()
    with pytest.raises(Conflict, check=coded("final-part-revealed")):
        check_open(analysis)
    submission.refresh_from_db()
    with pytest.raises(Conflict, match="accepts no more") as refused:
        rerun_submission(submission)
    where = f"See its leaderboard at /analyses/{analysis.pk}, and open analyses at /."
    assert str(refused.value).endswith(where)
    withdraw_analysis(analysis)
    with pytest.raises(Conflict, match="Wait until its organiser publishes it"):
        check_open(analysis)


@pytest.mark.parametrize(
    ("version_fields", "state", "problem"),
    [
        ({"final_files": 0}, AnalysisState.PUBLISHED, "has no final part"),
        ({}, AnalysisState.DRAFT, "is a draft"),
    ],
)
def test_what_cannot_be_revealed_stays_as_it_is(version, version_fields, state, problem):
    AnalysisVersion.objects.update(**version_fields)
    Analysis.objects.update(state=state)
    with pytest.raises(NotInThisState, match=problem):
        reveal_final_part(version.analysis)
    assert Analysis.objects.get().state == state
    assert AnalysisVersion.objects.get().revealed_at is None


def test_what_is_revealed_is_not_revealed_again(version):
    reveal_final_part(version.analysis)
    at = AnalysisVersion.objects.get().revealed_at
    assert at is not None
    with pytest.raises(NotInThisState, match="is revealed already"):
        reveal_final_part(version.analysis)
    assert AnalysisVersion.objects.get().revealed_at == at


class Cut(Exception):
    """What ends the work in the middle."""


class CutBefore:
    """Ends the work before its n-th write."""

    def __init__(self, number):
        self.left = number

    def __call__(self, execute, sql, params, many, context):
        if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            self.left -= 1
            if self.left == 0:
                raise Cut
        return execute(sql, params, many, context)


def came_through(number, do):
    """Do something that is cut off before its n-th write; whether it came to its end."""
    with suppress(Cut), connection.execute_wrapper(CutBefore(number)):
        do()
        return True
    return False


def facts(run):
    """What belongs together: the end of a run, its final part, its entry and its scores."""
    run.refresh_from_db()
    finals = Score.objects.filter(entry__run_id=run.pk, column__startswith="final:")
    return run.status == Status.FINISHED, run.final is not None, finals.count()


@pytest.mark.slow
def test_a_finish_that_is_cut_off_at_any_write_is_whole_or_nothing(
    version, participant, tiny_algorithm, settings
):
    settings.SHARDS = 1
    for number in count(1):
        settings.QUOTA_TOTAL = settings.QUOTA_PER_DAY = 1_000
        Entry.objects.all().delete()
        run = started_run(version, participant, tiny_algorithm(notes__txt=str(number)))
        held = claim(Shard.objects.filter(run=run), "one")
        record(held, {Part.HIDDEN: 1.0, Part.FINAL: 2.0})
        through = came_through(number, lambda one=held: finish_shard(one))
        assert facts(run) in (
            [(True, True, 2)] if through else [(False, False, 0), (True, True, 2)]
        )
        if through:
            break
        if run.status != Status.FINISHED:
            finish_shard(held)
            assert facts(run) == (True, True, 2)
    assert number > 5
    assert FileResult.objects.filter(run=run).count() == 4


def test_a_reveal_that_is_cut_off_at_any_write_is_whole_or_nothing(version, scored):
    scored(hidden=1.0, final=2.0)
    kept = (AnalysisState.PUBLISHED, None, Board.objects.get().number)
    for number in count(1):
        through = came_through(number, lambda: reveal_final_part(version.analysis))
        analysis, board_number = Analysis.objects.get(), Board.objects.get().number
        now = (analysis.state, analysis.current_version.revealed_at, board_number)
        if through:
            break
        assert now == kept
    assert number == 4
    assert (now[0], now[2]) == (AnalysisState.CLOSED, kept[2] + 1)
    assert now[1] is not None


def test_every_scored_run_of_earlier_releases_is_released(version, scored):
    scored(hidden=1.0)
    Run.objects.update(final=None)
    run = Run.objects.get()
    assert (run.final, run.released) == (None, True)


def test_losses_over_the_final_part_are_kept_apart(version, scored):
    run = scored(hidden=2.0, final=7.0)
    rows = dict(RunLosses.objects.filter(run_id=run.pk).values_list("column", "files"))
    assert rows == {PRIMARY: 2, FINAL: 2}


def test_a_final_part_of_few_systems_says_so_once_it_ranks(version, scored, outsider, client):
    scored(hidden=2.0, final=7.0)
    scored(hidden=1.0, final=8.0)
    scored(hidden=3.0, final=6.0, account=outsider)
    reveal_final_part(version.analysis)
    page = client.get(f"/analyses/{version.analysis_id}").content.decode()
    # Of three runs two are on the board, and the one that was not chosen does not count.
    assert "2 systems cannot order 2 runs." in page
    assert "those over the final part do not" in page


def test_a_hidden_run_makes_no_room_for_one_chosen_by_known_final_scores(version, scored):
    scored(hidden=2.0, final=1.0)
    best = scored(hidden=1.0, final=9.0)
    reveal_final_part(version.analysis)
    archive_submission(best.submission)
    assert not Entry.objects.exists()
