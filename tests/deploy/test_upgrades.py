"""The version before goes on working on the database of this one, so upgrades need no pause.

While processes of both run, the older ones read every column they know and write rows without those
they do not know. So a migration only adds, and what it adds may be left out.
"""

import pytest
from django.apps import apps
from django.db import migrations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.models import NOT_PROVIDED

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


@pytest.mark.parametrize("migration", upgrades(), ids=str)
def test_a_migration_only_adds(migration: Migration) -> None:
    for operation in migration.operations:
        assert isinstance(operation, (*ADDS, *STATE_ONLY)), operation.describe()


@pytest.mark.parametrize("migration", upgrades(), ids=str)
def test_who_does_not_know_a_new_column_may_leave_it_out(migration: Migration) -> None:
    for operation in migration.operations:
        if isinstance(operation, migrations.AddField):
            field = operation.field
            optional = field.null or field.db_default is not NOT_PROVIDED or field.many_to_many
            assert optional, f"{operation.describe()}: make it null, or give it a db_default."
