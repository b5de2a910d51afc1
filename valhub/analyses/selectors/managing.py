"""Finding an analysis in order to change it, as its creator and the staff may."""

from valhub.accounts.models import Account
from valhub.analyses.errors import NotAnOrganiser
from valhub.analyses.models import Analysis
from valhub.analyses.selectors.listing import find_analysis
from valhub.analyses.selectors.permissions import may_manage, may_publish
from valhub.errors import Forbidden


def find_managed_analysis(analysis_id: int, *, managed_by: Account) -> Analysis:
    """Find an analysis to close or withdraw.

    Raises
    ------
    NotFound
        When there is none, or it may not be seen.
    Forbidden
        When it may be seen but not changed.
    """
    found = find_analysis(analysis_id, visible_to=managed_by)
    if not may_manage(managed_by, found):
        raise Forbidden(
            "Only its creator and the staff may change this analysis. Sign in as one of them.",
            code="not-your-analysis",
        )
    return found


def find_publishable_analysis(analysis_id: int, *, published_by: Account) -> Analysis:
    """Find an analysis to publish, or to give a new package.

    Raises
    ------
    NotFound, Forbidden
        As for any other change.
    NotAnOrganiser
        When its creator has lost the right to publish.
    """
    found = find_managed_analysis(analysis_id, managed_by=published_by)
    if not may_publish(published_by):
        raise NotAnOrganiser
    return found
