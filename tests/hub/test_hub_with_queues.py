"""Whole hubs whose workers are woken by a broker, and killed or stopped at the wrong time."""

import os
import signal
from contextlib import ExitStack, contextmanager

import pytest

from services.brokers import KINDS, running_broker
from services.databases import ask, empty_database
from services.hearing import wait_until
from valhub.client.hub import Hub
from valhub.client.local_hub import running_hub

SLOW = (
    "import time\n\ndef estimate_azimuth(series):\n"
    "    time.sleep(0.7)\n    return float(series.iloc[0])\n"
)
OWNERS = "SELECT owner FROM jobs_shard WHERE state = 'leased'"


class Site:
    """A hub with a published analysis, and somebody who submits."""

    def __init__(self, hub, url, folder, package, broker) -> None:
        self.hub, self.url, self.folder, self.broker = hub, url, folder, broker
        self.person = Hub(hub.address)
        self.person.register(username="olivia", email="o@example.org", password="long enough 1")
        self.person.sign_in(username="olivia", password="long enough 1")
        folder.joinpath("tiny.zip").write_bytes(package)
        words = ("analysis_name", "description", "short_description", "ruleset")
        fields = dict.fromkeys((*words, "dataset_description"), "Tiny")
        self.analysis_id = self.person.upload_analysis(fields, folder / "tiny.zip")

    def ask(self, sql):
        return ask(self.url, sql)

    def submit(self, archive: bytes) -> None:
        path = self.folder / "algorithm.zip"
        path.write_bytes(archive)
        self.person.submit(self.analysis_id, path)

    def statuses(self):
        return {status for (status,) in self.ask("SELECT status FROM jobs_submission")}

    def worker_at_work(self) -> int:
        wait_until(lambda: self.ask(OWNERS))
        return int(self.ask(OWNERS)[0][0].rpartition("-")[2])

    def wait_for_the_end(self, submissions=1):
        wait_until(lambda: self.statuses() == {"finished"}, 90)
        [[results]] = self.ask("SELECT count(*) FROM jobs_fileresult WHERE verdict = 'scored'")
        assert results == 4 * submissions


@contextmanager
def running_site(tmp_path_factory, kind, hurried, tiny_task):
    folder = tmp_path_factory.mktemp(kind)
    with ExitStack() as stack:
        broker = stack.enter_context(running_broker(kind))
        url = stack.enter_context(empty_database(folder / "data"))
        settings = {**hurried, "DATABASE_URL": url, "VALHUB_QUEUE": broker.url}
        hub = running_hub(folder / "data", workers=2, environment=settings)
        yield Site(stack.enter_context(hub), url, folder, tiny_task, broker)


@pytest.fixture(params=KINDS)
def site(request, tmp_path_factory, hurried, tiny_task):
    with running_site(tmp_path_factory, request.param, hurried, tiny_task) as running:
        yield running


def test_a_killed_worker_costs_no_submission(site, tiny_algorithm):
    site.submit(tiny_algorithm(SLOW))
    os.kill(site.worker_at_work(), signal.SIGKILL)
    site.wait_for_the_end()


def test_a_stopped_worker_hands_its_shard_to_another_at_once(site, tiny_algorithm):
    site.submit(tiny_algorithm(SLOW))
    pid = site.worker_at_work()
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not site.ask(f"{OWNERS} AND owner LIKE '%-{pid}'"), 60)
    site.wait_for_the_end()
    assert site.ask("SELECT max(deaths) FROM jobs_shard") == [(0,)]


def test_submissions_outlive_everything_that_is_queued(site, tiny_algorithm):
    for _ in range(3):
        site.submit(tiny_algorithm(SLOW))
    site.broker.lose(f"valhub-analysis-{site.analysis_id}")
    site.wait_for_the_end(submissions=3)
