"""Rows are locked in one order everywhere, so that no database ever finds a deadlock."""

import re
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet

from tests.jobs.either_kind import EITHER, evaluate
from valhub.analyses.models import AnalysisVersion, PackageKind
from valhub.jobs.models import Preparation, Shard, Work
from valhub.jobs.services import queueing
from valhub.jobs.services.finishing import finish_shard
from valhub.jobs.services.leasing import claim
from valhub.jobs.services.preparations import finish_preparation
from valhub.jobs.services.submission_changes import (
    archive_submission,
    cancel_submission,
    rerun_submission,
)
from valhub.leaderboards.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)

# As the docstring of `valhub.jobs.services` says.
ORDER = [
    "jobs_preparation",
    "jobs_turn",
    "analyses_analysis",
    "jobs_run",
    "jobs_shard",
    "analyses_analysisversion",
    "jobs_build",
    "jobs_submission",
    "leaderboards_board",
    "leaderboards_entry",
]


class Locks:
    """Notes which tables each transaction locks rows of, in the order in which it first does."""

    def __init__(self):
        self.transactions = [[]]

    def note(self, table):
        if table in ORDER and table not in self.transactions[-1]:
            self.transactions[-1].append(table)

    def __call__(self, execute, sql, params, many, context):
        if sql.startswith(("UPDATE", "DELETE")) and connection.in_atomic_block:
            self.note(re.search(r"[`\"](\w+)", sql)[1])
        return execute(sql, params, many, context)


@contextmanager
def one_order(monkeypatch):
    locks = Locks()
    select, enter = QuerySet.select_for_update, transaction.Atomic.__enter__

    def begin(self):
        if not connection.in_atomic_block:
            locks.transactions.append([])
        enter(self)

    def note_and_select(self, **options):
        locks.note(self.model._meta.db_table)
        return select(self, **options)

    with monkeypatch.context() as patched, connection.execute_wrapper(locks):
        patched.setattr(transaction.Atomic, "__enter__", begin)
        patched.setattr(QuerySet, "select_for_update", note_and_select)
        yield
    assert max(map(len, locks.transactions)) > 1
    for tables in locks.transactions:
        assert tables == sorted(tables, key=ORDER.index)


def finish():
    """Do all the work there is."""
    while (held := claim(Shard.objects.order_by("turn", "id"), "one")) is not None:
        evaluate(held, 1.0)
        finish_shard(held)


@pytest.mark.parametrize("kind", PackageKind)
def test_a_submission_s_whole_life_keeps_to_it(submit, kind, monkeypatch):
    AnalysisVersion.objects.update(kind=kind)
    submit(EITHER)
    with one_order(monkeypatch):
        finish_preparation(claim(Preparation.objects.all(), "one"))
        finish()
        submission = submit(EITHER)
        finish()
        rerun_submission(submission)
        cancel_submission(submission)
        archive_submission(submission)
        rerun_submission(submission)
        finish()
    assert Entry.objects.exists()


def test_runs_are_let_in_when_the_one_that_ends_is_no_longer_locked(
    submit, tiny_version, monkeypatch
):
    Preparation.objects.update(state=Work.DONE)
    admitted = []
    monkeypatch.setattr(
        queueing,
        "admit_runs",
        lambda key: admitted.append((key, transaction.get_connection().in_atomic_block)),
    )
    cancel_submission(submit())
    assert admitted == [(tiny_version.analysis_id, False)] * 2
