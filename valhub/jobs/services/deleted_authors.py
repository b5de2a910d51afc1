"""Removing what deleted accounts wrote from their submissions.

Accounts are a layer below and do not know submissions; the sweeper looks for what they left.
"""

from valhub.accounts.models import Account
from valhub.jobs.models import Submission
from valhub.leaderboards.services.display_names import clear_board_names


def clear_display_names() -> None:
    """Remove the names that deleted accounts gave their submissions, here and from the boards."""
    # Found first and then changed: so no database reads all submissions for the few there are.
    gone = Account.objects.filter(deleted_at__isnull=False)
    named = Submission.objects.filter(created_by__in=gone.values("pk")).exclude(display_name="")
    Submission.objects.filter(pk__in=list(named.values_list("pk", flat=True))).update(
        display_name=""
    )
    clear_board_names()
