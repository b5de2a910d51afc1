"""Who sees which analyses."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from pytest_django import Settings

from error_codes import coded
from valhub.accounts.models import Account
from valhub.analyses.errors import NotInThisState
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion
from valhub.analyses.selectors.listing import (
    analyses_visible_to,
    archives_readable_by,
    find_analysis,
    published_analyses,
)
from valhub.analyses.selectors.permissions import may_manage, may_publish
from valhub.analyses.services.publication import (
    close_analysis,
    publish_analysis,
    withdraw_analysis,
)
from valhub.errors import NotFound

Publish = Callable[..., AnalysisVersion]


@pytest.fixture
def analysis(publish: Publish) -> Analysis:
    return publish().analysis


@pytest.fixture
def draft(analysis: Analysis) -> Analysis:
    withdraw_analysis(analysis)
    return analysis


def test_everybody_sees_what_is_published(analysis: Analysis, outsider: Account) -> None:
    for viewer in (None, AnonymousUser(), outsider):
        assert list(analyses_visible_to(viewer)) == [analysis]


def test_everybody_sees_what_is_closed(analysis: Analysis) -> None:
    close_analysis(analysis)
    assert find_analysis(analysis.pk, None) == analysis
    assert not published_analyses().exists()


def test_outsider_does_not_see_a_draft(draft: Analysis, outsider: Account) -> None:
    for viewer in (None, AnonymousUser(), outsider):
        assert not analyses_visible_to(viewer).exists()
        with pytest.raises(NotFound, check=coded("no-such-analysis")):
            find_analysis(draft.pk, viewer)


def test_creator_and_staff_see_a_draft(draft: Analysis, organiser: Account, staff: Account) -> None:
    for viewer in (organiser, staff):
        assert find_analysis(draft.pk, viewer) == draft


@pytest.mark.parametrize("analysis_id", [0, -1, 12345, 2**63, 10**40])
def test_unknown_analysis_is_not_found(db: None, analysis_id: int) -> None:
    with pytest.raises(NotFound, check=coded("no-such-analysis"), match=str(analysis_id)):
        find_analysis(analysis_id, None)


def test_newest_analysis_comes_first(publish: Publish) -> None:
    older, newer = publish(), publish(analysis_name="Newer")
    assert [one.pk for one in published_analyses()] == [newer.analysis_id, older.analysis_id]


def test_creator_and_staff_alone_may_read_the_archive(
    analysis: Analysis, organiser: Account, staff: Account, outsider: Account
) -> None:
    assert archives_readable_by(organiser).count() == 1
    assert archives_readable_by(staff).count() == 1
    for viewer in (outsider, None, AnonymousUser()):
        assert not archives_readable_by(viewer).exists()


def test_creator_and_staff_alone_may_manage_an_analysis(
    analysis: Analysis, organiser: Account, staff: Account, outsider: Account
) -> None:
    assert may_manage(organiser, analysis)
    assert may_manage(staff, analysis)
    assert not may_manage(outsider, analysis)
    assert not may_manage(AnonymousUser(), analysis)


def test_who_may_publish_is_a_setting(
    outsider: Account, organiser: Account, staff: Account, settings: Settings
) -> None:
    assert may_publish(outsider)
    settings.EVERYONE_MAY_PUBLISH = False
    assert not may_publish(outsider)
    assert may_publish(organiser)
    assert may_publish(staff)


def test_nobody_in_particular_may_not_publish(organiser: Account) -> None:
    organiser.is_active = False
    assert not may_publish(AnonymousUser())
    assert not may_publish(organiser)


def test_closed_analysis_may_be_opened_again(analysis: Analysis) -> None:
    close_analysis(analysis)
    publish_analysis(analysis)
    assert Analysis.objects.get().state == AnalysisState.PUBLISHED


def test_change_of_state_that_somebody_else_made_first_is_refused(analysis: Analysis) -> None:
    close_analysis(Analysis.objects.get())
    with pytest.raises(NotInThisState, match="The analysis is closed"):
        close_analysis(analysis)


def test_analysis_that_is_still_being_stored_cannot_be_published(organiser: Account) -> None:
    analysis = Analysis.objects.create(
        analysis_name="Shifts", creator=organiser, state=AnalysisState.DRAFT
    )
    with pytest.raises(NotInThisState):
        publish_analysis(analysis)
