"""Rows to work with: a published analysis, its prepared version, submissions and runs."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from pytest_django import Settings

from tests.jobs.finished_runs import end
from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion, DataFile, PackageKind
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.uploads import store_analysis
from valhub.evaluation.scoring import intervals
from valhub.jobs.builder import run_builder
from valhub.jobs.models import UNFINISHED, Build, Preparation, Run, Shard, Submission, Work
from valhub.jobs.services.new_submissions import complete_submission, submit_algorithm
from valhub.jobs.services.preparations import request_preparation
from valhub.jobs.worker import run_worker

MakeRun = Callable[..., Run]
Submit = Callable[..., Submission]
DoWork = Callable[..., None]


@pytest.fixture
def version(organiser: Account) -> AnalysisVersion:
    """A version of eight files, prepared."""
    analysis = Analysis.objects.create(analysis_name="Time shifts", creator=organiser)
    version = AnalysisVersion.objects.create(
        analysis=analysis, number=1, kind=PackageKind.TASK, content_hash="0" * 64, archive="a.zip"
    )
    DataFile.objects.bulk_create(
        DataFile(version=version, ordinal=i, name=f"{i}.csv", size=1000 * (8 - i)) for i in range(8)
    )
    analysis.current_version = version
    analysis.save()
    Preparation.objects.create(version=version, state=Work.DONE)
    return version


@pytest.fixture
def make_run(version: AnalysisVersion) -> MakeRun:
    """Makes, for an account, a submission whose archive is stored, and returns its run."""

    def make(account: Account) -> Run:
        submission = Submission.objects.create(
            analysis=version.analysis, created_by=account, algorithm="s.zip", content_hash="1" * 64
        )
        complete_submission(submission)
        return submission.runs.get()

    return make


@pytest.fixture
def real_engine(engine_cache: Path, settings: Settings) -> None:
    """Lets workers use environments that were made before, and look for work often."""
    settings.ENGINE_CACHE, settings.POLL_MS, settings.SHARDS = engine_cache, 20, 4


@pytest.fixture
def tiny_version(organiser: Account, tiny_task: bytes, real_engine: None) -> AnalysisVersion:
    """A real, small package that the organiser published; its data is not prepared yet."""
    fields = AnalysisFields(analysis_name="Tiny")
    upload = SimpleUploadedFile("tiny.zip", tiny_task)
    version = store_analysis(creator=organiser, fields=fields, upload=upload)
    request_preparation(version)
    return version


@pytest.fixture
def submit(
    tiny_version: AnalysisVersion, participant: Account, tiny_algorithm: Callable[..., bytes]
) -> Submit:
    """Submits an algorithm for the tiny task, as the participant by default."""

    def submit(
        source: str | None = None, *, account: Account | None = None, **changed: str
    ) -> Submission:
        return submit_algorithm(
            analysis=Analysis.objects.get(pk=tiny_version.analysis_id),
            account=account or participant,
            upload=SimpleUploadedFile("algorithm.zip", tiny_algorithm(source, **changed)),
        )

    return submit


@pytest.fixture
def work(real_engine: None) -> DoWork:
    """Runs a worker in this process, for as long as there is anything to do."""

    def work(within_s: float = 240.0) -> None:
        stop = threading.Event()
        worker = threading.Thread(target=run_worker_in_a_thread, args=(stop, "worker"))
        worker.start()
        try:
            wait_until(lambda: not work_left(), within_s)
        finally:
            stop.set()
            worker.join()

    return work


def run_worker_in_a_thread(stop: threading.Event, name: str, **options: Any) -> None:
    """Run a worker and its builder, and close what processes would close by ending."""
    ended = threading.Event()
    builder = threading.Thread(target=build_when_wanted, args=(ended,))
    builder.start()
    try:
        run_worker(stop, name, **options)
    finally:
        connections.close_all()
        ended.set()
        builder.join()


def build_when_wanted(stop: threading.Event) -> None:
    """Run a builder whenever there is something to build, as a worker's process does."""
    try:
        while not stop.wait(0.05):
            if Build.objects.filter(state__in=UNFINISHED).exists():
                run_builder(stop, idle_exit_s=0.0)
    finally:
        connections.close_all()


def work_left() -> bool:
    """Whether anything waits for a worker, or is held by one."""
    kinds = (Preparation, Shard, Build)
    return any(one.objects.filter(state__in=UNFINISHED).exists() for one in kinds)


def wait_until(done: Callable[[], bool], within_s: float) -> None:
    """Wait for something to become true; fail when it does not in time."""
    deadline = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < deadline, "It took too long."
        time.sleep(0.05)


@pytest.fixture
def finished(
    submit: Submit, tiny_version: AnalysisVersion, settings: Settings
) -> Callable[..., Run]:
    """Submits, and finishes the run with these errors, file by file; None is a failure."""
    settings.QUOTA_TOTAL = settings.QUOTA_PER_DAY = 1000
    Preparation.objects.update(state=Work.DONE)

    def finish(*errors: float | None, account: Account | None = None) -> Run:
        return end(submit(account=account).runs.get(), errors)

    return finish


@pytest.fixture
def with_an_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let four systems be enough for an interval."""
    few = replace(intervals._ERROR, fewest=4)
    monkeypatch.setattr(intervals, "_rule", lambda operation, bounds: few)
