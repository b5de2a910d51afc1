"""Empty databases of the kind that the tests run on, for hubs that run as processes."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pymysql
from django.db import ConnectionHandler, connection

from valhub.cloud.databases import database_settings

_numbers = count(1)


@contextmanager
def empty_database(folder: Path) -> Iterator[str]:
    """Make an empty database; gives its DATABASE_URL. Where there is a server, it is removed again.

    Parameters
    ----------
    folder : Path
        The hub's data folder; SQLite's file is where a hub has it when it is told nothing.
    """
    server = urlsplit(os.environ.get("DATABASE_URL", ""))
    if server.scheme in ("", "sqlite"):
        yield f"sqlite:///{folder / 'hub.sqlite3'}"
        return
    name = f"hub_{os.getpid()}_{next(_numbers)}"
    _tell(server.geturl(), f"CREATE DATABASE {name}")
    try:
        yield server._replace(path=f"/{name}").geturl()
    finally:
        # Processes of a hub that was killed may hold on for a moment.
        force = " WITH (FORCE)" if server.scheme != "mysql" else ""
        _tell(server.geturl(), f"DROP DATABASE {name}{force}")


def address_of_test_database() -> str:
    """DATABASE_URL for a process that is to work on the test's own database."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def _tell(url: str, statement: str) -> None:
    server = urlsplit(url)
    if server.scheme == "mysql":
        with pymysql.connect(
            host=server.hostname,
            port=server.port or 3306,
            user=server.username,
            password=server.password or "",
        ) as told:
            told.cursor().execute(statement)
        return
    with psycopg.connect(url, autocommit=True) as told:
        told.execute(statement)


def ask(url: str, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Ask a database from outside, in a connection of its own; `%s` stands for a value."""
    django = ConnectionHandler({"default": database_settings(url)})["default"]
    # The driver's own connection: Django's are for tests that asked for the test database.
    django.connection = django.get_new_connection(django.get_connection_params())
    with closing(django.connection):
        cursor = django.create_cursor()
        cursor.execute(sql, values)
        rows = list(cursor.fetchall()) if cursor.description else []
        django.connection.commit()
    return rows
