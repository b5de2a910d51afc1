"""Analyses as those look them up who want to change them: their creator, and staff."""

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis
from valhub.analyses.problems import NotAnOrganiser, NotYourAnalysis
from valhub.analyses.selectors.listing import find_analysis
from valhub.analyses.selectors.permissions import may_manage, may_publish


def find_managed_analysis(analysis_id: int, *, managed_by: Account) -> Analysis:
    """Find an analysis that somebody wants to close or withdraw.

    Raises
    ------
    NoSuchAnalysis
        When it is not there, or not to be seen.
    NotYourAnalysis
        When it may be seen and not changed.
    """
    found = find_analysis(analysis_id, visible_to=managed_by)
    if not may_manage(managed_by, found):
        raise NotYourAnalysis
    return found


def find_publishable_analysis(analysis_id: int, *, published_by: Account) -> Analysis:
    """Find an analysis that somebody wants to publish, or to give a new package.

    Raises
    ------
    NoSuchAnalysis, NotYourAnalysis
        As for any other change.
    NotAnOrganiser
        When its creator may publish no longer.
    """
    found = find_managed_analysis(analysis_id, managed_by=published_by)
    if not may_publish(published_by):
        raise NotAnOrganiser
    return found
