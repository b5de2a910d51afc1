"""Removing what deleted accounts wrote from the boards; their results stay."""

from django.db import transaction
from django.db.models import F

from valhub.leaderboards.models import Board, Entry
from valhub.leaderboards.services.board_locks import lock_board


def clear_board_names() -> None:
    """Remove the names that deleted accounts gave their submissions from all boards."""
    named = Entry.objects.filter(account__deleted_at__isnull=False).exclude(display_name="")
    boards = Board.objects.filter(pk__in=named.values("board")).select_related("version")
    for board in boards.order_by("version_id"):
        with transaction.atomic():
            lock_board(board.version)
            named.filter(board=board).update(display_name="")
            # A new number is a new ETag: nobody goes on showing a cached page.
            Board.objects.filter(pk=board.pk).update(number=F("number") + 1)
