"""How many followers one process has at once: each takes a thread of a web server."""

import threading
from collections import Counter
from uuid import UUID

from django.conf import settings

from valhub.errors import TooMany, Unavailable

RETRY_AFTER_S = 5
# One account holds no more than this share of them, or it could keep out everybody else.
_SHARE = 4


class Places:
    """The places of a process; by default as many as one web process has."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._held: Counter[UUID] = Counter()

    def widen(self, most: int) -> None:
        """Have more of them, in a process that does nothing else."""
        self._most = most

    def taken(self) -> int:
        """How many are in use."""
        return self._held.total()

    def take(self, account_id: UUID) -> None:
        """Take one for an account; whoever does gives it back.

        Raises
        ------
        Unavailable
            None is left.
        TooMany
            The account has its share of them.
        """
        most = settings.WEB_STREAMS if self._most is None else self._most
        with self._lock:
            if self._held.total() >= most:
                raise Unavailable(
                    "The hub has no room for another stream. Ask with `?after=` and `wait=`.",
                    code="no-stream-left",
                    retry_after_s=RETRY_AFTER_S,
                )
            if self._held[account_id] >= max(1, most // _SHARE):
                raise TooMany(
                    "You follow as many submissions at once as one account may. End a stream, or "
                    "ask with `?after=` and `wait=`.",
                    code="too-many-streams",
                    retry_after_s=RETRY_AFTER_S,
                )
            self._held[account_id] += 1

    def give_back(self, account_id: UUID) -> None:
        """Give one back."""
        with self._lock:
            self._held[account_id] -= 1
            if not self._held[account_id]:
                del self._held[account_id]


PLACES = Places()
"""Those of this process."""
