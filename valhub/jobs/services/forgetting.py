"""Taking what deleted accounts wrote out of their submissions.

Accounts are a layer below, and know nothing of submissions; the sweeper looks for what they left.
"""

from valhub.jobs.models import Submission
from valhub.leaderboards.services import forgetting


def forget_display_names() -> None:
    """Remove the names that deleted accounts gave their submissions, here and from the boards."""
    named = Submission.objects.filter(created_by__deleted_at__isnull=False)
    named.exclude(display_name="").update(display_name="")
    forgetting.forget_display_names()
