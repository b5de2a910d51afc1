"""The version before goes on working on the database of this one, so upgrades need no pause.

While processes of both run, the older ones read every column they know and write rows without those
they do not know. So a migration only adds, and what it adds may be left out.
"""

from typing import Any

import pytest
from django.apps import apps
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.models import NOT_PROVIDED, Field

OURS = {config.label for config in apps.get_app_configs() if config.name.startswith("valhub.")}
# What the first release starts with; everything after it is an upgrade.
FIRST = "0001_initial"
ADDS = (migrations.CreateModel, migrations.AddField, migrations.AddIndex, migrations.RunPython)
# These change what the code says, not the database.
STATE_ONLY = (migrations.AlterModelOptions, migrations.AlterModelManagers)


def upgrades() -> list[Migration]:
    found = MigrationLoader(None).disk_migrations
    return [one for (app, name), one in sorted(found.items()) if app in OURS and name != FIRST]


def test_there_is_something_to_check() -> None:
    assert {one.app_label for one in upgrades()} >= {"jobs"}


def without_index(field: "Field[Any, Any]") -> tuple[object, ...]:
    """A column as everybody reads and writes it."""
    _, path, arguments, keywords = field.deconstruct()
    return path, arguments, {**keywords, "db_index": None}


def changes_an_index_alone(migration: Migration, operation: Operation) -> bool:
    if not isinstance(operation, migrations.AlterField):
        return False
    before = MigrationLoader(None).project_state(list(migration.dependencies))
    model = before.models[migration.app_label, operation.model_name_lower]
    return without_index(model.fields[operation.name]) == without_index(operation.field)


@pytest.mark.parametrize("migration", upgrades(), ids=str)
def test_a_migration_only_adds(migration: Migration) -> None:
    for operation in migration.operations:
        harmless = isinstance(operation, (*ADDS, *STATE_ONLY))
        assert harmless or changes_an_index_alone(migration, operation), operation.describe()


def test_a_column_that_changes_is_no_matter_of_an_index() -> None:
    migration = MigrationLoader(None).disk_migrations["jobs", "0007_run_version_one_index"]
    [operation] = migration.operations
    assert changes_an_index_alone(migration, operation)
    narrower = migrations.AlterField("run", "version", models.IntegerField())
    assert not changes_an_index_alone(migration, narrower)


@pytest.mark.parametrize("migration", upgrades(), ids=str)
def test_who_does_not_know_a_new_column_may_leave_it_out(migration: Migration) -> None:
    for operation in migration.operations:
        if isinstance(operation, migrations.AddField):
            field = operation.field
            optional = field.null or field.db_default is not NOT_PROVIDED or field.many_to_many
            assert optional, f"{operation.describe()}: make it null, or give it a db_default."
