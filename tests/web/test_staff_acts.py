"""What staff do with somebody else's analysis is in the audit log, by page, route and admin."""

from collections.abc import Callable

import pytest
from django.test import Client

from valhub.accounts.models import Account, AuditEntry
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion

As = Callable[[Account | None], Client]


@pytest.fixture(autouse=True)
def stored(analysis: Analysis) -> None:
    """Make the analysis's version one whose archive is there."""
    AnalysisVersion.objects.update(archive="evaluation_scripts/analysis_1.zip")


def by_page(client: Client, analysis: Analysis) -> int:
    return client.post(f"/analyses/{analysis.pk}/manage", {"action": "close"}).status_code


def by_route(client: Client, analysis: Analysis) -> int:
    return client.post(f"/analysis/{analysis.pk}/close").status_code


def by_admin(client: Client, analysis: Analysis) -> int:
    chosen = {"action": "close", "_selected_action": [str(analysis.pk)]}
    return client.post("/admin/analyses/analysis/", chosen).status_code


@pytest.mark.parametrize("close", [by_page, by_route, by_admin])
def test_staff_closing_an_analysis_are_recorded(
    as_: As, analysis: Analysis, staff: Account, close: Callable[[Client, Analysis], int]
) -> None:
    assert close(as_(staff), analysis) < 400
    analysis.refresh_from_db()
    assert analysis.state == AnalysisState.CLOSED
    entry = AuditEntry.objects.get()
    assert (entry.by, entry.act) == (f"account {staff.pk}", "close analysis")
    assert entry.subject == f"analysis {analysis.pk}"


@pytest.mark.parametrize("close", [by_page, by_route])
def test_its_creator_is_not(
    as_: As, analysis: Analysis, organiser: Account, close: Callable[[Client, Analysis], int]
) -> None:
    assert close(as_(organiser), analysis) < 400
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("close", [by_page, by_route, by_admin])
def test_what_is_refused_is_not(
    as_: As, analysis: Analysis, staff: Account, close: Callable[[Client, Analysis], int]
) -> None:
    Analysis.objects.update(state=AnalysisState.DRAFT)
    close(as_(staff), analysis)
    assert not AuditEntry.objects.exists()
