"""Every row of the hub's database, written as text and read again, alike on every database."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.serializers import deserialize, serialize
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections, transaction
from django.db.models import Model

SNAPSHOT = "snapshot"
# Sessions are credentials, and worth nothing elsewhere: people sign in again. What processes and
# disks showed of themselves is true of this moment alone.
_LEFT_OUT = frozenset(["sessions.session", "jobs.heartbeat", "jobs.space"])
# Settings of a transaction that sees one moment and keeps nobody from writing.
_ONE_MOMENT: dict[str, dict[str, Any]] = {
    "sqlite": {"transaction_mode": "DEFERRED"},
    "postgresql": {"isolation_level": 3},  # psycopg's number for REPEATABLE READ
    "mysql": {"isolation_level": "repeatable read"},
}
_BATCH = 200


class Exact(DjangoJSONEncoder):
    """Django's own cuts microseconds off."""

    def default(self, o: object) -> object:
        """Write a moment with all its digits."""
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


def backed_up_models() -> list[type[Model]]:
    """Every model that has a table of its own, those between two others included."""
    models = (model._meta for model in apps.get_models(include_auto_created=True))
    stored = (one for one in models if one.managed and not one.proxy)
    return [one.model for one in stored if one.label_lower not in _LEFT_OUT]


@contextmanager
def snapshot() -> Iterator[str]:
    """Connect once more and see the database as it is at one moment; yields the alias."""
    default = connections["default"]
    options = {**default.settings_dict["OPTIONS"], **_ONE_MOMENT[default.vendor]}
    connections.databases[SNAPSHOT] = {**default.settings_dict, "OPTIONS": options}
    try:
        with transaction.atomic(using=SNAPSHOT):
            yield SNAPSHOT
    finally:
        connections[SNAPSHOT].close()
        del connections[SNAPSHOT], connections.databases[SNAPSHOT]


def write_rows(model: type[Model], folder: Path, using: str) -> int:
    """Write a table; gives the number of rows."""
    columns = [field.name for field in model._meta.local_fields]
    rows = _Counted(model._base_manager.using(using).order_by("pk").iterator(chunk_size=2000))
    with gzip.open(
        table_file(model._meta.label_lower, folder), "wt", compresslevel=3, encoding="utf-8"
    ) as file:
        serialize("jsonl", rows, stream=file, fields=columns, cls=Exact)
    return rows.count


def read_rows(model: type[Model], folder: Path) -> int:
    """Put a table's rows into the hub's database; gives their number."""
    count = 0
    with gzip.open(table_file(model._meta.label_lower, folder), "rt", encoding="utf-8") as file:
        rows = deserialize("jsonl", file)
        while batch := [one.object for one in islice(rows, _BATCH)]:
            model._base_manager.bulk_create(batch)
            count += len(batch)
    return count


class _Counted:
    """Rows that are counted as they pass."""

    def __init__(self, rows: Iterator[Model]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Model]:
        for row in self._rows:
            self.count += 1
            yield row


def table_file(label: str, folder: Path) -> Path:
    """Where a backup has the table of a model, named by its label in lower case."""
    return folder / "tables" / f"{label}.jsonl.gz"
