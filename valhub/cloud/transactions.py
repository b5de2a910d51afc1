"""Doing a transaction again that the database did not see through, and what follows one.

Two reasons are nobody's fault: two transactions wait for each other, and the database ends one of
them; or the database restarts, and takes every open transaction with it.
"""

import logging
import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

_TRIES = 5
_PAUSE_S = 0.05
_LOOK_AGAIN_S = 0.5
# SQL's own code for a transaction ended for the sake of another, and PostgreSQL's for a deadlock.
_ENDED_FOR_ANOTHER = ("40001", "40P01")


def again_after_deadlock(do: Callable[P, R]) -> Callable[P, R]:
    """Let a function that is one transaction be done again when it was ended for another's sake.

    Inside a caller's transaction it is the caller that has to be done again.
    """

    @wraps(do)
    def until_through(*args: P.args, **kwargs: P.kwargs) -> R:
        for number in range(1, _TRIES):
            try:
                return do(*args, **kwargs)
            except OperationalError as error:
                if connection.in_atomic_block or not _is_deadlock(error):
                    raise
                log.info("transaction_again of=%s try=%d", do.__name__, number)
                # Not in step with whom it met.
                time.sleep(random.uniform(0, number * _PAUSE_S))  # noqa: S311 - no secret
        return do(*args, **kwargs)

    return until_through


def through_an_outage(do: Callable[[], R], *, within_s: float) -> R:
    """Do something again until the database takes it, as when it restarts meanwhile.

    Parameters
    ----------
    do : callable
        One transaction that may be done twice: of the last try nobody knows whether it was kept.
    within_s : float
        How long to try; then what the database says is raised.
    """
    deadline = time.monotonic() + within_s
    while True:
        try:
            return do()
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block or time.monotonic() > deadline:
                raise
            log.warning("database_outage waiting_s=%g reason=%s", _LOOK_AGAIN_S, error)
            close_old_connections()
            time.sleep(_LOOK_AGAIN_S)


def after_commit(do: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
    """Call a function once the caller's transaction is committed.

    The commit can no longer be undone, so a failure of what follows it, as on a full disk, is
    logged with the function's name, and whoever committed goes on. Nothing else in the hub calls
    `on_commit`: Django reads the name of a function that fails, and raises for one that has none,
    such as a `functools.partial`.
    """

    @wraps(do)
    def call() -> None:
        do(*args, **kwargs)

    transaction.on_commit(call, robust=True)


def _is_deadlock(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in _ENDED_FOR_ANOTHER
