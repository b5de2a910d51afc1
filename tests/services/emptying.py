"""Empty the tables that a test filled, and no others.

Django empties every table after each test that commits. To truncate all of them takes PostgreSQL a
sixth of a second, and MariaDB looks for their names in its files each time.
"""

from typing import Any

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

# Migrations fill these and no test changes them. To put their rows back would take as long again.
LEFT_ALONE = ("auth.permission", "contenttypes.contenttype")


def statements_that_empty(
    _style: object, connection: BaseDatabaseWrapper, **_options: bool
) -> list[str]:
    """Write what removes the rows that are there, in place of `sql_flush`.

    All of it is one transaction at whose end keys are checked, so the order does not matter;
    MariaDB checks at once, unless told not to.
    """
    deletes = [f"DELETE FROM {table};" for table in _filled(connection)]
    if deletes and connection.vendor == "mysql":
        return ["SET FOREIGN_KEY_CHECKS = 0;", *deletes, "SET FOREIGN_KEY_CHECKS = 1;"]
    return deletes


def _filled(connection: BaseDatabaseWrapper) -> list[str]:
    tables = [connection.ops.quote_name(name) for name in sorted(_tables())]
    asked = ", ".join(f"EXISTS (SELECT 1 FROM {table})" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {asked}")
        answers: tuple[Any, ...] = cursor.fetchone()
    return [table for table, is_filled in zip(tables, answers, strict=True) if is_filled]


def _tables() -> set[str]:
    models: list[type[Model]] = apps.get_models(include_auto_created=True)
    kept = {apps.get_model(name) for name in LEFT_ALONE}
    return {
        model._meta.db_table
        for model in models
        if model._meta.managed and not model._meta.proxy and model not in kept
    }
