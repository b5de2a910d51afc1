"""Cursors: where a page of a board begins, as a text that a client sends back unchanged.

A cursor holds the exact value that its board is sorted by, of which readers see a few digits. So it
is encrypted, for its board and column: nobody reads it, and what comes back is what was given out.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

from valhub.analyses.board_columns import BoardColumn
from valhub.errors import Malformed
from valhub.leaderboards.columns import find_column
from valhub.leaderboards.models import Board
from valhub.leaderboards.order import Key

# Part of every key; a change of what a cursor holds raises the number.
FORMAT = "leaderboards.cursor.2"


@dataclass(frozen=True)
class Cursor:
    """The page behind a position, or the one before it; the position itself is on neither."""

    key: Key
    backward: bool = False


def write_cursor(cursor: Cursor | None, *, board: Board, column: str) -> str | None:
    """Write a cursor as text that is safe in an address; None where there is no page."""
    if cursor is None:
        return None
    standing, sort_value, submitted_at, entry_id = cursor.key
    parts = [cursor.backward, standing, sort_value, submitted_at.isoformat(), entry_id]
    return _cipher(board, column).encrypt(json.dumps(parts).encode()).decode()


def read_cursor(text: str, *, board: Board, column: str) -> Cursor:
    """Read a cursor that `write_cursor` made for the same board and column.

    Raises
    ------
    Malformed
        It was made for another one, or by somebody else.
    """
    try:
        parts = json.loads(_cipher(board, column).decrypt(text.encode()))
    except InvalidToken:
        raise Malformed(
            "The cursor does not belong to this leaderboard. Leave it out to see the first page.",
            code="invalid-cursor",
            field="cursor",
        ) from None
    backward, standing, sort_value, submitted_at, entry_id = parts
    key = Key(standing, sort_value, datetime.fromisoformat(submitted_at), entry_id)
    return Cursor(key, backward)


def read_place(
    text: str | None, *, board: Board, columns: Sequence[BoardColumn], column: str | None
) -> tuple[BoardColumn | None, Cursor | None]:
    """Find the column that a page is sorted by, and where the page begins.

    Parameters
    ----------
    text : str, optional
        A cursor; None for the first page.
    columns : sequence of BoardColumn
        The board's, from `shown_columns`.
    column : str, optional
        The name of one of them; the primary column by default.

    Returns
    -------
    BoardColumn or None
        None when the board has no columns yet.
    Cursor or None
        None for the first page.

    Raises
    ------
    Invalid
        The board has no such column.
    Malformed
        As `read_cursor`.
    """
    found = find_column(columns, column)
    name = found.name if found else ""
    return found, read_cursor(text, board=board, column=name) if text else None


def _cipher(board: Board, column: str) -> MultiFernet:
    """Give what encrypts and reads the cursors of one column, those of an earlier key included."""
    salt = f"{FORMAT}:{board.pk}:{column}"
    secrets = (str(one) for one in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))
    keys = (salted_hmac(salt, "", secret, algorithm="sha256").digest() for secret in secrets)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
