"""The rank of one account on a board."""

from valhub.accounts.models import Account
from valhub.leaderboards.columns import find_column
from valhub.leaderboards.models import Board, Entry
from valhub.leaderboards.order import Key
from valhub.leaderboards.selectors.ranges import FIELDS, count_better, scores_in


def rank_of(*, board: Board, account: Account, column: str | None = None) -> int | None:
    """Give an account's rank in a column, the primary one by default.

    Returns
    -------
    int or None
        From 1, ties share the smallest; None when the account has no entry.

    Raises
    ------
    UnknownColumn
        The board has no such column.
    """
    found = find_column(board.version, column)
    if found is None or board.pk is None:
        return None
    scores = scores_in(board, found.name)
    entry = Entry.objects.filter(board=board, account=account).first()
    key = scores.filter(entry=entry).values_list(*FIELDS).first() if entry else None
    return None if key is None else 1 + count_better(scores, Key(*key))
