"""Rows are locked in one order everywhere, so that no database ever finds a deadlock."""

import re
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from valhub.analyses.models import AnalysisVersion, Kind
from valhub.evaluation.results import FileResult as EngineResult
from valhub.evaluation.results import Verdict
from valhub.jobs.models import Preparation, Shard, Work
from valhub.jobs.services import queueing
from valhub.jobs.services.finishing import finish_shard
from valhub.jobs.services.leasing import claim
from valhub.jobs.services.publishing import finish_preparation
from valhub.jobs.services.queueing import mark_started
from valhub.jobs.services.recording import record_file_result
from valhub.jobs.services.submitting import archive_submission, cancel_submission, run_again
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
    "jobs_submission",
    "leaderboards_board",
    "leaderboards_entry",
]
# An algorithm for either kind of analysis; nothing here runs it.
EITHER = "def estimate_azimuth(time_series): ...\n\n\ndef predict(test_data): ...\n"


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


def claim_next():
    return claim(Shard.objects.order_by("turn", "id"), "one")


def finish(run):
    mark_started(run, timezone.now())
    while (held := claim_next()) is not None:
        for file in run.version.files.filter(pk__in=held.work.files):
            metrics = {"absolute_error_azimuth": 1.0, "runtime": 0.1}
            scored = EngineResult(file.name, Verdict.SCORED, "", metrics, coverage=1.0)
            record_file_result(held, file.pk, scored)
        finish_shard(held)


@pytest.mark.parametrize("kind", Kind)
def test_a_submission_s_whole_life_keeps_to_it(hand_in, tiny_version, kind, monkeypatch):
    AnalysisVersion.objects.update(kind=kind)
    hand_in(EITHER)
    with one_order(monkeypatch):
        finish_preparation(claim(Preparation.objects.all(), "one"))
        finish(tiny_version.runs.get())
        submission = hand_in(EITHER)
        finish(submission.runs.get())
        run_again(submission)
        cancel_submission(submission)
        archive_submission(submission)
        finish(run_again(submission))
    assert Entry.objects.exists()


def test_runs_are_let_in_when_the_one_that_ends_is_no_longer_locked(
    hand_in, tiny_version, monkeypatch
):
    Preparation.objects.update(state=Work.DONE)
    admitted = []
    monkeypatch.setattr(
        queueing,
        "admit_runs",
        lambda key: admitted.append((key, transaction.get_connection().in_atomic_block)),
    )
    cancel_submission(hand_in())
    assert admitted == [(tiny_version.analysis_id, False)] * 2
