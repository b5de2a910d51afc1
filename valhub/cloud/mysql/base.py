"""MySQL and MariaDB through PyMySQL, comparing text as the other databases do.

Django looks for `DatabaseWrapper` here. Tables say themselves how their text is compared, so that
it does not matter how the database was made: by default `a`, `A` and `á` would be one name.
"""

import socket
from typing import Any

import pymysql

# Django imports the driver by the name of another one; this gives PyMySQL that name.
pymysql.install_as_MySQLdb()

from django.db.backends.mysql import base, schema  # noqa: E402

from valhub.cloud import databases  # noqa: E402


class SchemaEditor(schema.DatabaseSchemaEditor):
    """Makes tables whose text is compared character by character, trailing spaces too."""

    @property
    def sql_create_table(self) -> str:  # type: ignore[override]
        """The statement that makes a table."""
        collation = "nopad_bin" if self.connection.mysql_is_mariadb else "0900_bin"
        made = schema.DatabaseSchemaEditor.sql_create_table
        return f"{made} CHARACTER SET utf8mb4 COLLATE utf8mb4_{collation}"


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that finds out when the server's machine has vanished."""

    SchemaEditorClass = SchemaEditor

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, and have the kernel watch the line: the driver has no settings for that."""
        connection = super().get_new_connection(conn_params)
        line = connection._sock
        if line.family in (socket.AF_INET, socket.AF_INET6):
            for option, value in _WATCH.items():
                line.setsockopt(socket.IPPROTO_TCP, option, value)
        return connection


_WATCH = {
    socket.TCP_KEEPIDLE: databases.KEEPALIVE_AFTER_S,
    socket.TCP_KEEPINTVL: databases.KEEPALIVE_EVERY_S,
    socket.TCP_KEEPCNT: databases.KEEPALIVE_TRIES,
    socket.TCP_USER_TIMEOUT: databases.UNANSWERED_MS,
}
