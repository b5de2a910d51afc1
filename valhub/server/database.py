"""Bringing the database to the state that this version of the hub needs, or asking for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from valhub.console import echo
from valhub.server.errors import StartError


def prepare_database() -> None:
    """Create the tables at the first start, and bring them up to date after an upgrade.

    Raises
    ------
    StartError
        The database does not answer.
    """
    with _reached() as executor:
        known = bool(executor.loader.applied_migrations)
        if _is_behind(executor):
            action = "Updating the database" if known else "First start: creating the database"
            echo(f"{action} {_name()}.")
            call_command("migrate", verbosity=0, interactive=False)


def require_database() -> None:
    """Make sure that the tables exist and are those of this version.

    Raises
    ------
    StartError
        They are not, or the database does not answer.
    """
    # To connect would make the file.
    if connection.vendor == "sqlite" and not Path(_name()).exists():
        raise _not_ready()
    with _reached() as executor:
        if _is_behind(executor):
            raise _not_ready()


def _not_ready() -> StartError:
    return StartError(
        f"The database {_name()} is not ready for this version. Start the hub with valhub up, or "
        f"run valhub migrate.{_elsewhere()}",
        code="database-not-ready",
    )


@contextmanager
def _reached() -> Iterator[MigrationExecutor]:
    """Ask the database what has been applied; the connection is closed for what is started next."""
    try:
        yield MigrationExecutor(connection)
    except OperationalError as error:
        reason = str(error).partition("\n")[0]
        raise StartError(_unreachable(reason), code="database-unreachable") from error
    finally:
        connection.close()


def _unreachable(reason: str) -> str:
    if connection.vendor == "sqlite":
        return (
            f"The database {_name()} cannot be opened: {reason}. Name a folder that you can write "
            "to with --data, or in DATABASE_URL."
        )
    return f"The database does not answer: {reason}. Check DATABASE_URL, and that it is running."


def _name() -> str:
    """The file of the database; or its name and where its server is."""
    known = connection.settings_dict
    return f"{known['NAME']} on {known['HOST']}" if known["HOST"] else str(known["NAME"])


def _elsewhere() -> str:
    """Remind of `--data`: without it, a hub of another folder looks like one without tables."""
    if connection.vendor != "sqlite":
        return ""
    return " If the hub is in another folder, name that folder with --data."


def _is_behind(executor: MigrationExecutor) -> bool:
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
