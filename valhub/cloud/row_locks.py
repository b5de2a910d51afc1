"""Locking rows until the end of a transaction."""

from typing import TypeVar

from django.db import connection
from django.db.models import Manager, Model, QuerySet

M = TypeVar("M", bound=Model)


def locked(rows: "QuerySet[M] | Manager[M]") -> "QuerySet[M]":
    """Lock rows as an update of them would: others still may insert rows that point at them.

    Without that, PostgreSQL has whoever changed such a row twice wait for its parents' locks at the
    commit, when it holds all of its own: too late for any order.
    """
    return rows.select_for_update(no_key=connection.features.has_select_for_no_key_update)
