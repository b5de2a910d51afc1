"""All submissions to an analysis, for its organiser and the staff alone."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis
from valhub.jobs.models import Run, Status, Submission
from valhub.web.views import organising

As = Callable[[Account | None], Client]
pytestmark = pytest.mark.databases


def address(analysis: Analysis) -> str:
    return f"/analyses/{analysis.pk}/submissions"


def shown(client: Client, analysis: Analysis, **query: str) -> list[str]:
    response = client.get(address(analysis), query)
    assert response.status_code == 200, response.content
    return [line.submission.display_name for line in response.context["lines"]]


@pytest.fixture
def submitted(board: Analysis, running: Run, participant: Account, outsider: Account) -> Analysis:
    """Two that are on the board, one that runs, one that failed and one that is archived."""
    for name, account, fields in (
        ("broken", outsider, {"status": Status.FAILED, "reason": "It raised."}),
        ("taken back", participant, {"status": Status.CANCELLED, "archived": True}),
    ):
        Submission.objects.create(analysis=board, created_by=account, display_name=name, **fields)
    return board


def test_organiser_and_staff_see_every_submission(
    as_: As, submitted: Analysis, organiser: Account, staff: Account
) -> None:
    for who in (organiser, staff):
        names = shown(as_(who), submitted)
        assert sorted(names) == ["broken", "my try", "of oscar", "of paul", "taken back"]


def test_nobody_else_does(
    as_: As, submitted: Analysis, participant: Account, outsider: Account
) -> None:
    for who in (participant, outsider):
        response = as_(who).get(address(submitted))
        assert response.status_code == 403
        assert b"broken" not in response.content
        link = address(submitted)
        assert link not in as_(who).get(f"/analyses/{submitted.pk}").content.decode()
    assert as_(None).get(address(submitted)).status_code == 302
    Analysis.objects.update(state="draft")
    assert as_(outsider).get(address(submitted)).status_code == 404


def test_an_organiser_sees_none_of_another_s_analysis(
    as_: As, submitted: Analysis, organiser: Account, outsider: Account
) -> None:
    other = Analysis.objects.create(analysis_name="Other", creator=outsider)
    other.current_version = submitted.current_version.__class__.objects.create(
        analysis=other, number=1, archive="x.zip"
    )
    other.save()
    assert as_(organiser).get(address(other)).status_code == 403
    assert shown(as_(outsider), other) == []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"state": "failed"}, ["broken"]),
        ({"state": "running"}, ["my try"]),
        ({"author": "OSC"}, ["broken", "of oscar"]),
        ({"author": "osc", "state": "finished"}, ["of oscar"]),
        ({"author": "nobody"}, []),
        ({"author": "a\0b"}, []),
        ({"author": " paul ", "state": ""}, ["my try", "of paul", "taken back"]),
    ],
)
def test_filters(
    as_: As, submitted: Analysis, organiser: Account, query: dict[str, str], names: list[str]
) -> None:
    assert sorted(shown(as_(organiser), submitted, **query)) == names


def test_an_unknown_state_is_told(as_: As, submitted: Analysis, organiser: Account) -> None:
    response = as_(organiser).get(address(submitted), {"state": "lost"})
    assert response.status_code == 422
    assert "There is no state &quot;lost&quot;." in response.content.decode()


def test_names_of_deleted_authors_are_neither_shown_nor_found(
    as_: As, submitted: Analysis, organiser: Account, outsider: Account
) -> None:
    Account.objects.filter(pk=outsider.pk).update(deleted_at="2026-01-01T00:00Z")
    page = as_(organiser).get(address(submitted)).content.decode()
    assert "deleted account" in page
    assert "oscar</td>" not in page
    assert shown(as_(organiser), submitted, author="oscar") == []


def test_a_long_list_has_pages_that_keep_the_filter(
    as_: As, submitted: Analysis, organiser: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(organising, "SUBMISSIONS_SHOWN", 2)
    client = as_(organiser)
    first = client.get(address(submitted), {"author": "paul"})
    assert b'href="?author=paul&amp;page=2"' in first.content
    names = shown(client, submitted, author="paul") + shown(
        client, submitted, author="paul", page="2"
    )
    assert sorted(names) == ["my try", "of paul", "taken back"]


def test_a_list_takes_as_many_queries_for_many_as_for_one(
    as_: As, submitted: Analysis, organiser: Account, django_assert_max_num_queries: Any
) -> None:
    client = as_(organiser)
    for number in range(9):
        Submission.objects.create(
            analysis=submitted, created_by=organiser, display_name=str(number), status="failed"
        )
    with django_assert_max_num_queries(12):
        assert len(shown(client, submitted)) == 14


def test_managers_are_led_there(as_: As, submitted: Analysis, organiser: Account) -> None:
    link = f'href="{reverse("web:analysis-submissions", args=[submitted.pk])}"'
    for page in (f"/analyses/{submitted.pk}", f"/analyses/{submitted.pk}/manage"):
        assert link in as_(organiser).get(page).content.decode()


def test_the_score_is_that_of_what_ranks_as_the_organiser_may_see_it(
    as_: As, submitted: Analysis, organiser: Account
) -> None:
    run = Run.objects.get(submission__display_name="of paul")
    one = {"label": "x", "files": 3, "systems": 3, "sites": 0, "caveat": "", "operation": "mean"}
    numbers = {"low": None, "high": None, "unit": "min", "best": "lowest", "column": "error"}
    aggregates = {
        "mean_f1": {"value": 7.5, **one, **numbers},
        "mean_error": {"value": 1.2345678, **one, **numbers},
    }
    Run.objects.filter(pk=run.pk).update(verdict="scored", coverage=0.75, aggregates=aggregates)
    page = as_(organiser).get(address(submitted))
    lines = {line.submission.display_name: line for line in page.context["lines"]}
    found = lines["of paul"]
    assert (found.verdict, found.coverage, found.score) == ("scored", "75 %", "1.235 min")
    assert (lines["broken"].verdict, lines["broken"].score) == ("\N{EN DASH}",) * 2
    assert '<th scope="col" class="num">Mean error</th>' in page.content.decode()
