"""The database from one address: SQLite, PostgreSQL, MySQL or MariaDB, set up to behave alike.

Whichever it is: transactions see what is committed, text compares character by character, nobody
waits for a lock without end, and a connection that broke is replaced.
"""

from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

# The same patience everywhere: whoever waits longer for a lock is asked to try again.
LOCK_WAIT_S = 20
# A process that stands still in a transaction must not hold its locks for ever.
IDLE_IN_TRANSACTION_S = 300
CONNECT_S = 10
# When a machine vanishes without a word, as in a fail-over: silent after 30 s, given up within 60.
KEEPALIVE_AFTER_S, KEEPALIVE_EVERY_S, KEEPALIVE_TRIES = 30, 10, 3
UNANSWERED_MS = 60_000

SQLITE, MYSQL = "valhub.cloud.sqlite", "valhub.cloud.mysql"
dj_database_url.register("sqlite", SQLITE)(dj_database_url.default_to_in_memory_db)
dj_database_url.register("mysql", MYSQL)(dj_database_url.apply_ssl_ca)
_NAMES = {"sqlite": "sqlite", "postgres": "postgresql", "postgresql": "postgresql"}
_KINDS = {**_NAMES, "mysql": "mysql"}


def database_settings(url: str) -> dict[str, Any]:
    """Describe the database as Django's `DATABASES` has it.

    Parameters
    ----------
    url : str
        `sqlite:///FILE`, or `postgresql://` or `mysql://` and `USER:PASSWORD@HOST:PORT/NAME`, with
        options of the driver behind a question mark; these go before the hub's own.

    Raises
    ------
    ImproperlyConfigured
        When it is none of these. The address is not repeated: it may hold a password.
    """
    kind = _KINDS.get(url.partition(":")[0])
    if kind is None:
        raise ImproperlyConfigured(_REFUSAL)
    try:
        found: dict[str, Any] = {**dj_database_url.parse(url)}
    except dj_database_url.ParseError:
        # Not chained: the cause may quote a part of the password as the port.
        raise ImproperlyConfigured(_REFUSAL) from None
    if kind != "sqlite":
        # A connection is kept, and looked at before each request that uses it.
        found |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    given = found.get("OPTIONS", {})
    found["OPTIONS"] = {**_OPTIONS[kind], **given}
    if kind == "postgresql":
        found["OPTIONS"]["options"] = f"{_POSTGRESQL_SESSION} {given.get('options', '')}".strip()
    return found


_REFUSAL = (
    "DATABASE_URL is not understood; set it to sqlite:///FILE, or to "
    "postgresql://USER:PASSWORD@HOST:PORT/NAME or mysql://USER:PASSWORD@HOST:PORT/NAME, "
    "with special characters of the password percent-encoded."
)
_POSTGRESQL_SESSION = (
    f"-c lock_timeout={LOCK_WAIT_S}s "
    f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_S}s"
)
_OPTIONS: dict[str, dict[str, Any]] = {
    # Many readers and one writer: a transaction that will write takes its place at the start.
    "sqlite": {
        "transaction_mode": "IMMEDIATE",
        "timeout": LOCK_WAIT_S,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; "
            "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456;"
        ),
    },
    "postgresql": {
        "connect_timeout": CONNECT_S,
        "keepalives_idle": KEEPALIVE_AFTER_S,
        "keepalives_interval": KEEPALIVE_EVERY_S,
        "keepalives_count": KEEPALIVE_TRIES,
        "tcp_user_timeout": UNANSWERED_MS,
    },
    "mysql": {
        "charset": "utf8mb4",
        "isolation_level": "read committed",
        "connect_timeout": CONNECT_S,
        # Strict, so that nothing is cut to fit. Times are stored in UTC, so the server's clock must
        # read UTC too. What stands after M! is understood by MariaDB alone.
        "init_command": (
            "SET sql_mode='TRADITIONAL', time_zone='+00:00', "
            f"innodb_lock_wait_timeout={LOCK_WAIT_S} "
            f"/*M! , idle_write_transaction_timeout={IDLE_IN_TRANSACTION_S} */"
        ),
    },
}
