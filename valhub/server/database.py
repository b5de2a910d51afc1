"""Bringing the database to the state that this version of the hub needs."""

import click
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def prepare_database() -> None:
    """Make the tables at the first start, and bring them up to date after an upgrade."""
    executor = MigrationExecutor(connection)
    known = bool(executor.loader.applied_migrations)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        action = "Bringing the database up to date" if known else "First start: making the database"
        click.echo(f"{action} in {settings.DATA}.")
        call_command("migrate", verbosity=0, interactive=False)
    # The children open connections of their own.
    connection.close()
