"""How enqueueing, sweeping and claiming depend on how much has been handed in before.

Histories of 1,000 and 100,000 submissions lie in databases of their own, on SQLite, PostgreSQL and
MariaDB, each in a process of its own; the measurements take turns, so that what else the machine
does hits all of them alike. Exit code 1 when a figure does not hold.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import timedelta
from itertools import count
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone
from processes import (
    MeasuringProcess,
    Timings,
    environment_with,
    python,
    serve_measurements,
    timed,
)

from services.databases import empty_database
from services.mariadb import running_mariadb
from services.postgresql import running_postgresql

SIZES = (1_000, 100_000)
DATABASES = ("sqlite", "postgresql", "mariadb")
# What one account has handed in does not grow: there are more accounts.
PER_ACCOUNT = 10
SHARDS = 2
WAITING = 50
TURNS = 20
CALLS = 8
GROWTH = 1.5

NEW_UUID = {
    "SQLite": "lower(hex(randomblob(16)))",
    "PostgreSQL": "gen_random_uuid()",
    "MariaDB": "uuid()",
}

LEARN = {"sqlite": "SELECT 1 FROM", "postgresql": "ANALYZE", "mysql": "ANALYZE TABLE"}


def serve(size: int) -> None:
    """Fill a database, then measure for every line that comes in."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "valhub.settings"
    os.environ["VALHUB_LOG_LEVEL"] = "ERROR"
    django.setup()
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        history = History(size)
    # Servers learn by themselves, within minutes, what a table has become.
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"{LEARN[connection.vendor]} {table}")
    for _ in range(WAITING):
        history.enqueue()
    serve_measurements(history.turn)


class History:
    """An analysis and everything that was handed in for it, all of which has ended."""

    def __init__(self, size: int) -> None:
        from valhub.accounts.models import Account
        from valhub.analyses.models import Analysis, AnalysisVersion, DataFile
        from valhub.jobs.models import Preparation

        accounts = max(1, size // PER_ACCOUNT)
        names = [f"p{number}" for number in range(accounts)]
        self.accounts = [
            Account(username=name, username_folded=name, email=name, email_folded=name)
            for name in names
        ]
        Account.objects.bulk_create(self.accounts, batch_size=2_000)
        self.analysis = Analysis.objects.create(
            analysis_name="History", creator=self.accounts[0], state="published"
        )
        self.version = AnalysisVersion.objects.create(
            analysis=self.analysis, number=1, kind="task", content_hash="0" * 64
        )
        self.analysis.current_version = self.version
        self.analysis.save()
        Preparation.objects.create(version=self.version, state="done")
        self.files = [
            DataFile.objects.create(version=self.version, ordinal=i, name=f"{i}.csv", size=100)
            for i in range(SHARDS)
        ]
        self.numbers = count()
        self._fill()

    def _fill(self) -> None:
        """Make what one submission leaves, and copy it for every account a few times."""
        from valhub.accounts.models import Account
        from valhub.jobs.models import Event, FileResult, Run, Shard, Submission

        month_ago = timezone.now() - timedelta(days=30)
        first = Submission.objects.create(
            analysis=self.analysis,
            created_by=self.accounts[0],
            content_hash="0" * 64,
            status="finished",
            submitted_at=month_ago,
        )
        run = Run.objects.create(
            submission=first,
            version=self.version,
            status="finished",
            admitted=True,
            finished_at=month_ago,
            coverage=1.0,
        )
        Event.objects.create(submission=first, number=1, kind="submitted")
        for ordinal, file in enumerate(self.files):
            Shard.objects.create(run=run, ordinal=ordinal, files=[file.pk], state="done")
            FileResult.objects.create(run=run, file=file, verdict="scored", coverage=1.0)
        each = " UNION ALL ".join(f"SELECT {number} AS n" for number in range(PER_ACCOUNT))
        times = f"SELECT id FROM {Account._meta.db_table}, ({each}) numbers"  # noqa: S608
        copy(Submission, times, id=NEW_UUID[connection.display_name], created_by_id="other.id")
        submissions = f"SELECT id FROM {Submission._meta.db_table} WHERE NOT id = %s"  # noqa: S608
        pk = Submission._meta.pk.get_db_prep_value(first.pk, connection)
        copy(Run, submissions, pk, submission_id="other.id")
        copy(Event, submissions, pk, submission_id="other.id")
        runs = f"SELECT id FROM {Run._meta.db_table} WHERE NOT id = %s"  # noqa: S608
        copy(Shard, runs, run.pk, run_id="other.id")
        copy(FileResult, runs, run.pk, run_id="other.id")

    def enqueue(self) -> None:
        """Hand in one more, but for its archive."""
        from valhub.jobs.models import Submission
        from valhub.jobs.services.new_submissions import complete_submission
        from valhub.jobs.services.quotas import check_quotas

        account = self.accounts[next(self.numbers) % len(self.accounts)]
        with transaction.atomic():
            check_quotas(analysis=self.analysis, account=account)
            submission = Submission.objects.create(
                analysis=self.analysis, created_by=account, content_hash="f" * 64
            )
        complete_submission(submission)

    def turn(self) -> Timings:
        """Do everything a few times."""
        from valhub.jobs.selectors.queues import queue_states
        from valhub.jobs.services.queueing import claim_shard, shards_of
        from valhub.jobs.services.spreading import spread
        from valhub.jobs.sweeper import sweep_once, tidy_once

        ours = [self.analysis.pk]

        def claim_and_give_back(analyses: list[int] | None) -> None:
            claim = claim_shard("machine-1", analyses=analyses)
            assert claim is not None
            claim.give_back()

        calls: dict[str, Callable[[], object]] = {
            "enqueueing": self.enqueue,
            "claiming": lambda: claim_and_give_back(None),
            "claiming for one analysis": lambda: claim_and_give_back(ours),
            "looking for a share": lambda: spread("machine-1", shards_of(ours)),
            "sweeping": sweep_once,
            "tidying": tidy_once,
            "counting the queue": queue_states,
        }
        return {name: [timed(call) for _ in range(CALLS)] for name, call in calls.items()}


def copy(model: type[Model], others: str, *values: object, **changed: str) -> None:
    """Copy what a table has for each of the other rows, within the database.

    Parameters
    ----------
    others : str
        A query for these, with `values`.
    **changed : str
        Columns that differ in the copies.
    """
    quoted = connection.ops.quote_name
    all_columns = [one.column for one in model._meta.concrete_fields]
    columns = [one for one in all_columns if one != "id" or one in changed]
    copied = ", ".join(changed.get(one, f"first.{quoted(one)}") for one in columns)
    named, table = ", ".join(map(quoted, columns)), quoted(model._meta.db_table)
    query = f"SELECT {copied} FROM {table} first, ({others}) other"  # noqa: S608 - our own names
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({named}) {query}", values)


def main(names: Iterable[str]) -> int:
    """Measure on each database, print, and say whether the figures hold."""
    return max(measured_on(name) for name in names)


def measured_on(database: str) -> int:
    """Measure on one kind of database."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="valhub-growth-")))
        # The server may be somebody else's process.
        folder.chmod(0o755)
        servers = {"postgresql": running_postgresql, "mariadb": running_mariadb}
        if database in servers:
            os.environ["DATABASE_URL"] = stack.enter_context(servers[database](folder))
        hubs = {}
        for size in SIZES:
            data = folder / str(size)
            url = stack.enter_context(empty_database(data))
            data.mkdir(parents=True, exist_ok=True)
            environment = environment_with(VALHUB_DATA=str(data), DATABASE_URL=url)
            serving = python(__file__, "serve", str(size))
            hubs[size] = MeasuringProcess(serving, environment)
            stack.callback(hubs[size].stop)
        for hub in hubs.values():
            hub.wait()
        for turn in range(TURNS + 1):
            for hub in hubs.values():
                hub.measure()
                if not turn:
                    hub.timings.clear()  # The first time, everything is cold.
        os.environ.pop("DATABASE_URL", None)
        return report(database, hubs)


def report(database: str, hubs: dict[int, MeasuringProcess]) -> int:
    """Print the medians and how they grow."""
    print(f"{database} (medians)")
    holds = True
    for name in hubs[SIZES[0]].timings:
        medians = {size: hub.median_ms(name) for size, hub in hubs.items()}
        growth = medians[SIZES[-1]] / medians[SIZES[0]]
        holds = holds and growth <= GROWTH
        each = ", ".join(f"{value:.2f} ms at {size:,}" for size, value in medians.items())
        print(f"  {name}: {each}; grows {growth:.2f} times (at most {GROWTH} wanted)")
    return 0 if holds else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]))
    else:
        sys.exit(main(sys.argv[1:] or DATABASES))
