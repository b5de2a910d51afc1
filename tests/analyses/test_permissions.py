"""Who may publish and manage analyses, person by person."""

import pytest
from django.contrib.auth.models import AnonymousUser

from valhub.analyses.models import Analysis
from valhub.analyses.selectors.permissions import may_manage, may_publish

pytestmark = pytest.mark.django_db


def test_organisers_and_staff_may_publish(organiser, participant, staff, settings):
    settings.EVERYONE_MAY_PUBLISH = False
    people = (AnonymousUser(), participant, organiser, staff)
    assert [may_publish(one) for one in people] == [False, False, True, True]


def test_everyone_with_an_account_may_publish_where_the_hub_says_so(participant, settings):
    settings.EVERYONE_MAY_PUBLISH = True
    assert may_publish(participant)
    assert not may_publish(AnonymousUser())


@pytest.mark.parametrize("everyone", [True, False])
def test_a_closed_account_publishes_nothing(organiser, settings, everyone):
    settings.EVERYONE_MAY_PUBLISH = everyone
    organiser.is_active = False
    assert not may_publish(organiser)


def test_only_its_creator_and_staff_manage_an_analysis(organiser, participant, staff):
    analysis = Analysis.objects.create(analysis_name="Mine", creator=organiser)
    people = (AnonymousUser(), participant, organiser, staff)
    assert [may_manage(one, analysis) for one in people] == [False, False, True, True]
    analysis.creator = None
    assert not may_manage(AnonymousUser(), analysis)
