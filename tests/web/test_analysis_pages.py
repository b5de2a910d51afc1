from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from valhub.accounts.models import Account
from valhub.analyses.board_columns import final_name
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion
from valhub.jobs.models import Run, Status, Submission
from valhub.leaderboards.models import Entry, Score
from valhub.leaderboards.services.entries import ScoredValue, place_run
from valhub.leaderboards.services.final_parts import reveal_final_part

As = Callable[[Account | None], Client]


def text(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


@pytest.mark.django_db
def test_an_empty_hub_says_how_to_publish(as_: As) -> None:
    assert "No analysis has been published yet" in text(as_(None), "/")


def test_home_lists_analyses_with_their_entries(as_: As, board: Analysis) -> None:
    page = text(as_(None), "/")
    assert "Clipping &amp; shade" in page
    assert "2 entries" in page
    assert f'href="/analyses/{board.pk}"' in page


def test_a_draft_is_seen_by_its_creator_alone(
    as_: As, analysis: Analysis, organiser: Account, participant: Account
) -> None:
    Analysis.objects.update(state=AnalysisState.DRAFT)
    assert "Draft" in text(as_(organiser), "/")
    assert "Clipping" not in text(as_(participant), "/")
    text(as_(participant), f"/analyses/{analysis.pk}", 404)


def test_an_analysis_shows_its_texts_as_markdown(as_: As, analysis: Analysis) -> None:
    page = text(as_(None), f"/analyses/{analysis.pk}")
    assert "<h3>Task</h3>" in page
    assert "Say <strong>where</strong>." in page
    assert "The leaderboard is still empty" in page


def test_the_board_is_sorted_by_the_primary_metric(as_: As, board: Analysis) -> None:
    page = text(as_(None), f"/analyses/{board.pk}")
    assert page.index("of paul") < page.index("of oscar")
    assert "Ranked by Mean error, in min; lower is better." in page
    assert "0.5 to 1.5" in page
    assert page.count('<svg class="whisker"') == 2
    assert "The bars are 95 % intervals of 20 systems, on an axis from 0.5 to 2.5." in page


def test_a_board_without_intervals_says_of_how_many_systems_its_scores_are(
    as_: As, board: Analysis
) -> None:
    Score.objects.update(low=None, high=None, systems=4, sites=2)
    words = "The scores are of 4 systems, 2 sites and have no 95 % interval."
    assert words in text(as_(None), f"/analyses/{board.pk}")
    # An earlier release did not count them.
    Score.objects.update(systems=0, sites=0)
    assert "The scores are of" not in text(as_(None), f"/analyses/{board.pk}")
    Score.objects.update(low=1.0, high=1.0, systems=20)
    assert "The scores are of" not in text(as_(None), f"/analyses/{board.pk}")


def test_the_board_can_be_sorted_by_another_metric(as_: As, board: Analysis) -> None:
    page = text(as_(None), f"/analyses/{board.pk}?sort=mean_f1")
    assert page.index("of oscar") < page.index("of paul")
    assert 'aria-sort="descending"' in page
    assert "whisker" not in page


def test_ones_own_row_is_marked(as_: As, board: Analysis, participant: Account) -> None:
    page = text(as_(participant), f"/analyses/{board.pk}")
    assert page.count('class="mine"') == 1
    assert "yours" in page


def test_rows_lead_to_the_submissions_that_a_reader_may_see(
    as_: As, board: Analysis, participant: Account, outsider: Account, organiser: Account
) -> None:
    counts = {
        account: text(as_(account), f"/analyses/{board.pk}").count('href="/submissions/')
        for account in (None, participant, outsider, organiser)
    }
    assert counts == {None: 0, participant: 1, outsider: 1, organiser: 2}
    row = Entry.objects.get(account=participant)
    assert f'href="/submissions/{row.submission_id}"' in text(
        as_(participant), f"/analyses/{board.pk}"
    )


def test_files_of_the_final_part_count_once_they_are_revealed(as_: As, analysis: Analysis) -> None:
    version = analysis.current_version
    version.files.filter(name="c.csv").update(part="final")
    assert "<span>2 files</span>" in text(as_(None), f"/analyses/{analysis.pk}")
    AnalysisVersion.objects.update(revealed_at=timezone.now())
    assert "<span>3 files</span>" in text(as_(None), f"/analyses/{analysis.pk}")


def test_pages_of_the_board_lead_on_and_back(
    as_: As, board: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("valhub.web.views.analyses.BOARD_ROWS", 1)
    client = as_(None)
    first = client.get(f"/analyses/{board.pk}").context["board"]
    second = client.get(f"/analyses/{board.pk}", {"page": first.next}).context["board"]
    assert [line.name for line in (*first.lines, *second.lines)] == ["of paul", "of oscar"]
    assert (first.previous, second.next) == (None, None)
    assert second.previous


@pytest.mark.parametrize(("query", "status"), [("sort=no-such-column", 422), ("page=broken", 400)])
def test_a_broken_address_is_a_page_that_says_so(
    as_: As, board: Analysis, query: str, status: int
) -> None:
    page = text(as_(None), f"/analyses/{board.pk}?{query}", status)
    assert "<h1>" in page
    assert "See the analyses" in page


@pytest.mark.parametrize("path", ["/analyses/4711", "/analyses/99999999999999999999", "/nothing"])
@pytest.mark.django_db
def test_what_is_not_there_is_a_page_too(as_: As, path: str) -> None:
    assert "<h1>" in text(as_(None), path, 404)


def test_the_day_that_freezes_packages_is_shown(as_: As, analysis: Analysis) -> None:
    published = datetime(2026, 3, 2, 12, tzinfo=UTC)
    analysis.versions.update(created_at=published)
    assert "uploaded until 2026-03-01." in text(as_(None), f"/analyses/{analysis.pk}")
    analysis.versions.update(environment={"exclude_newer": "2025-12-31"}, kind="task")
    assert "--exclude-newer 2025-12-31" in text(as_(None), f"/analyses/{analysis.pk}")


@pytest.mark.parametrize(
    ("state", "revealed", "says"),
    [
        ("closed", False, 'is closed, so it accepts no more submissions. Its <a href="#leader'),
        ("closed", True, "has revealed its final part, so it accepts no more submissions."),
        ("draft", False, "is a draft: only its creator and the staff see it, and it accepts no"),
    ],
)
def test_a_page_without_submissions_says_why_and_what_next(
    as_: As, analysis: Analysis, organiser: Account, state: str, revealed: bool, says: str
) -> None:
    Analysis.objects.update(state=state)
    AnalysisVersion.objects.update(revealed_at=timezone.now() if revealed else None)
    page = text(as_(organiser), f"/analyses/{analysis.pk}")
    assert "Taking part" not in page
    assert says in page
    link = "/" if state == "closed" else f"/analyses/{analysis.pk}/manage"
    assert f'<a href="{link}">' in page[page.index('id="next"') :]


FEW = "not shown: signed errors of fewer than 5 hidden files"


@pytest.mark.parametrize("shown", [False, True])
def test_what_a_board_withholds_is_said_once_and_takes_no_column(
    as_: As, board: Analysis, organiser: Account, shown: bool
) -> None:
    bias = {"unit": "min", "best": "zero", "shown": True}
    others = [{"name": "mean_f1", "label": "Bias", **bias}, {"name": "x", "label": "Tilt", **bias}]
    for score in Score.objects.filter(column="mean_f1"):
        score.pk, score.column = None, "x"
        score.save()
    first = board.current_version.columns[0]
    AnalysisVersion.objects.update(
        columns=[first, *others], disclosure={"policy": {"signed": shown}}
    )
    page = text(as_(None), f"/analyses/{board.pk}")
    assert page.count("not shown") == page.count(f"Bias and Tilt are {FEW}.") == (not shown)
    assert [f">{label}</a>" in page for label in ("Bias", "Tilt")] == [shown] * 2


def test_a_column_that_ranks_stays_where_its_values_are_withheld(as_: As, board: Analysis) -> None:
    first = board.current_version.columns[0] | {"best": "zero"}
    AnalysisVersion.objects.update(columns=[first])
    page = text(as_(None), f"/analyses/{board.pk}")
    assert page.count(f"Mean error is {FEW}.") == 1
    assert page.count('<td class="num primary">\N{EN DASH}</td>') == 2
    assert "not shown" not in page[page.index("<tbody>") : page.index("</tbody>")]


def test_an_open_interval_says_at_least_and_reaches_the_axis_end(
    as_: As, board: Analysis, participant: Account
) -> None:
    Score.objects.filter(column="mean_error", value=1.0).update(high=None, systems=24)
    page = text(as_(participant), f"/analyses/{board.pk}")
    assert "at least 0.5" in page
    assert "95 % intervals of 20 to 24 systems" in page
    assert page.count('<svg class="whisker"') == 2


def test_what_is_left_of_the_quotas_is_shown_before_submitting(
    as_: As, analysis: Analysis, participant: Account, settings: Settings
) -> None:
    settings.QUOTA_PER_DAY, settings.QUOTA_TOTAL = 2, 1300
    path = f"/analyses/{analysis.pk}"
    assert "You have 2 submissions left within 24 hours, and 1,300 submissions in all." in text(
        as_(participant), path
    )
    assert "left within 24 hours" not in text(as_(None), path)


def use_up(analysis: Analysis, account: Account, count: int) -> None:
    """Have submissions counted that were made an hour apart, the first 12 hours ago."""
    for number in range(count):
        submission = Submission.objects.create(analysis=analysis, created_by=account)
        Run.objects.create(
            submission=submission,
            version=analysis.current_version,
            status=Status.FINISHED,
            counted=True,
            created_at=timezone.now() - timedelta(hours=12 - number),
        )


def test_when_the_next_submission_is_possible_is_shown(
    as_: As, analysis: Analysis, participant: Account, settings: Settings
) -> None:
    settings.QUOTA_PER_DAY = 2
    use_up(analysis, participant, 2)
    first = Run.objects.order_by("created_at").first()
    assert first is not None
    page = text(as_(participant), f"/analyses/{analysis.pk}")
    assert "You have 0 submissions left within 24 hours, and 998 submissions in all." in page
    assert f"{first.created_at + timedelta(days=1):%H:%M} UTC on" in page


def test_a_used_up_quota_is_shown(
    as_: As, analysis: Analysis, participant: Account, settings: Settings
) -> None:
    settings.QUOTA_TOTAL = 1
    use_up(analysis, participant, 1)
    assert "You have used all of your submissions." in text(
        as_(participant), f"/analyses/{analysis.pk}"
    )


def test_a_revealed_board_shows_final_and_hidden_scores_side_by_side(
    as_: As, analysis: Analysis, participant: Account, outsider: Account
) -> None:
    version = analysis.current_version
    assert version is not None
    AnalysisVersion.objects.update(final_files=4)
    version.refresh_from_db()
    # The participant leads on hidden files, the outsider on the final ones.
    scores = {participant: (1.0, 9.25, 0.75), outsider: (2.0, 3.5, 0.75)}
    for number, (account, (hidden, final, coverage)) in enumerate(scores.items(), start=1):
        place_run(
            version=version,
            account=account,
            submission_id=uuid4(),
            run_id=number,
            display_name=f"of {account}",
            is_baseline=False,
            coverage=1.0,
            values={
                "mean_error": ScoredValue(hidden),
                final_name("mean_error"): ScoredValue(final),
            },
            submitted_at=datetime(2024, 3, number, tzinfo=UTC),
            final_coverage=coverage,
        )
    address = f"/analyses/{analysis.pk}"
    before = text(as_(None), address)
    assert before.index("of paul") < before.index("of oscar")
    assert not [one for one in ("final part", "9.25", "3.5", "75 %") if one in before]
    reveal_final_part(analysis)
    after = text(as_(None), address)
    assert after.index("of oscar") < after.index("of paul")
    assert "Ranked by Mean error, final part, in min" in after
    assert "The final part was revealed on" in after
    assert after.count("75 % of the final part") == 2
    assert after.count('<span class="chip">incomplete</span>') == 2
    assert after.index("3.5") < after.index('class="below">2<') < after.index("9.25")
    link = '<a class="interval" href="?sort=mean_error#leaderboard">hidden files</a>'
    assert after.count(link) == 1
    by_hidden = text(as_(None), f"{address}?sort=mean_error")
    assert by_hidden.index(">1<") < by_hidden.index(">2<")
    assert link not in by_hidden
