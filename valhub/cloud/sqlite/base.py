"""SQLite with its file in the hub's data folder, which is made when the first connection needs it.

Django looks for `DatabaseWrapper` here.
"""

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection for whose file there is a folder."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; where the folder cannot be made, SQLite says that it cannot open the file."""
        with suppress(OSError):
            settings.DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
        return super().get_new_connection(conn_params)
