"""Somebody else who holds the test database against whoever wants to write."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, connections

# How long this connection waits for a lock: a moment instead of twenty seconds.
_A_MOMENT = {
    "sqlite": "PRAGMA busy_timeout = 200",
    "postgresql": "SET lock_timeout = '200ms'",
    "mysql": "SET innodb_lock_wait_timeout = 1",
}


@contextmanager
def impatient() -> Iterator[None]:
    """Wait for locks only for a moment, for as long as the block runs."""
    with connection.cursor() as cursor:
        cursor.execute(_A_MOMENT[connection.vendor])
    try:
        yield
    finally:
        connection.close()


@contextmanager
def locked() -> Iterator[Callable[[], None]]:
    """Hold all tables: others read, and wait when they write. Gives what lets go early."""
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            for statement in _locking(connection.introspection.django_table_names()):
                cursor.execute(statement)
        yield other.connection.rollback
    finally:
        other.close()


def _locking(tables: list[str]) -> list[str]:
    match connection.vendor:
        case "sqlite":
            return ["BEGIN EXCLUSIVE"]
        case "postgresql":
            return ["BEGIN", f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE"]
        case _:
            # In this isolation, reading for an update also locks the place where rows would go.
            rows = [f"SELECT * FROM {table} FOR UPDATE" for table in tables]
            return ["SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "BEGIN", *rows]
