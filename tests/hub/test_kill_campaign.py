"""Processes of a running hub are killed -9 again and again while people hand in.

The campaign waits until the database shows a certain moment, kills whoever is at work then, and
lets the supervisor start it again. In the end every submission has ended once, each file of it has
one result, and the board has each person's best one. Before which write a process dies is proved,
write by write, in `tests/jobs/test_crash_points.py`; here are real processes, signals and requests.

VALHUB_CAMPAIGN_S makes it longer, VALHUB_CAMPAIGN_SEED another one.
"""

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from services.databases import ask, empty_database
from valhub.client.hub import Hub, HubRefused, HubUnreachable
from valhub.client.local_hub import running_hub

CAMPAIGN_S = float(os.environ.get("VALHUB_CAMPAIGN_S", "24"))
SEED = int(os.environ.get("VALHUB_CAMPAIGN_SEED", "20261123"))
PASSWORD = "a long enough secret"
PEOPLE = 3
AT_ONCE = 3  # Submissions of one person that have not ended.
SOURCE = (
    "import time\n\ndef estimate_azimuth(series):\n"
    "    time.sleep(0.05)\n    return float(series.iloc[0]) + {offset}\n"
)
LEASED = "SELECT owner FROM jobs_{table} WHERE state = 'leased'"
IN_STATE = "SELECT 1 FROM jobs_{table} WHERE {column} = '{state}'"
RUNNING = "FROM jobs_shard JOIN jobs_run ON jobs_run.id = run_id WHERE jobs_run.status = 'running'"
HAS_RESULTS = f"SELECT owner {RUNNING} AND run_id IN (SELECT run_id FROM jobs_fileresult)"
UNDONE = "sum(CASE WHEN state = 'done' THEN 0 ELSE 1 END)"
LAST_SHARD = f"SELECT max(owner) {RUNNING} GROUP BY run_id HAVING {UNDONE} = 1"
RUN_OUT = f"{LEASED.format(table='shard')} AND lease_until < CURRENT_TIMESTAMP"
# Who is killed, and what the database shows just before; a worker is killed by its name in there.
MOMENTS = {
    "people look and hand in": ("web", "SELECT 1 FROM analyses_analysis"),
    "data is being prepared": ("worker", LEASED.format(table="preparation")),
    "an archive is being stored": (
        "web",
        IN_STATE.format(table="submission", column="status", state="submitting"),
    ),
    "a submission was just queued": (
        "web",
        IN_STATE.format(table="submission", column="status", state="submitted"),
    ),
    "a shard is held": ("worker", LEASED.format(table="shard")),
    "a file has its result": ("worker", HAS_RESULTS),
    "the last shard is at work": ("worker", LAST_SHARD),
    "an algorithm is running": ("sandbox", LEASED.format(table="shard")),
    "a lease has run out": ("sweeper", RUN_OUT),
    "something waits": ("sweeper", IN_STATE.format(table="shard", column="state", state="queued")),
}


@dataclass
class Person:
    """Hands in one algorithm after another, whatever happens to the hub meanwhile."""

    name: str
    address: str
    analysis_id: int
    folder: Path
    rows: "Database"
    entered: int = 0

    def enter(self, tiny_algorithm, over: threading.Event) -> None:
        hub = persistently(lambda: signed_in(self.address, self.name))
        while not over.wait(0.2):
            if self._count(hub, going_on=True) < AT_ONCE:
                self.entered += 1
                archive = self.folder / f"{self.name}-{self.entered}.zip"
                archive.write_bytes(tiny_algorithm(SOURCE.format(offset=self.entered * 7 % 5)))
                self._hand_in(hub, archive)

    def _hand_in(self, hub: Hub, archive: Path) -> None:
        before = self._count(hub)
        while self._count(hub) == before:
            with suppress(HubRefused, HubUnreachable):
                hub.submit(self.analysis_id, archive)
                return
            # It may have arrived although nobody answered.
            time.sleep(1.0)

    def _count(self, hub: Hub, *, going_on: bool = False) -> int:
        """How many submissions there are of this person's, all or those that have not ended."""
        counted = "SELECT count(*) FROM jobs_submission JOIN accounts_account"
        counted += " ON accounts_account.id = created_by_id WHERE username = %s"
        counted += " AND status NOT IN ('finished', 'failed')" if going_on else ""
        [[count]] = self.rows(counted, self.name)
        return count


class Database:
    """Reads the hub's database from outside."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, sql: str, *values: object) -> list[tuple]:
        return ask(self.url, sql, *values)


def persistently(do):
    """Do something until the hub takes it."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return do()
        except (HubRefused, HubUnreachable):
            assert time.monotonic() < deadline
            time.sleep(0.3)


def signed_in(address: str, name: str) -> Hub:
    hub = Hub(address)
    with suppress(HubRefused):  # It may be registered already, with nobody left to say so.
        hub.register(username=name, email=f"{name}@example.org", password=PASSWORD)
    hub.sign_in(username=name, password=PASSWORD)
    return hub


def processes() -> dict[int, tuple[int, str]]:
    """Every process' parent and command."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_text().replace("\0", " ")
            found[int(folder.name)] = parent, command
    return found


def members(role: str, supervisor: int, owners: list[str]) -> list[int]:
    """The processes of a hub that have a role."""
    known = processes()
    own = {pid for pid, (parent, _) in known.items() if parent == supervisor}
    workers = own & {int(owner.rpartition("-")[2]) for owner in owners if "-" in owner}
    match role:
        case "web":
            masters = {pid for pid in own if "gunicorn" in known[pid][1]}
            return sorted(masters | children_of(masters, known))
        case "worker":
            return sorted(workers)
        case "sandbox":
            inside = children_of(workers, known)
            return sorted(pid for pid in inside if "bwrap" in known[pid][1])
        case _:
            return sorted(pid for pid in own if known[pid][1].strip().endswith("sweep"))


def children_of(parents: Set[int], known: Mapping[int, tuple[int, str]]) -> set[int]:
    return {pid for pid, (parent, _) in known.items() if parent in parents}


class Campaign:
    """Kills a hub's processes at chosen moments, and counts what it did."""

    def __init__(self, rows: Database) -> None:
        self.supervisor = 0
        self.rows = rows
        self.chance = random.Random(SEED)
        self.killed: Counter[str] = Counter()

    def go_on_for(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            rarest = min(self.killed[moment] for moment in MOMENTS)
            rare = [moment for moment in MOMENTS if self.killed[moment] == rarest]
            self.kill_at(self.chance.choice([*rare, self.chance.choice([*MOMENTS])]))
            time.sleep(self.chance.uniform(0.0, 0.6))

    def kill_at(self, moment: str, within_s: float = 2.0) -> None:
        """Wait for a moment at which there is somebody to kill; let it pass when it is late."""
        deadline = time.monotonic() + within_s
        while not (there := self._at_work(moment)):
            if time.monotonic() > deadline:
                return
            time.sleep(0.002)
        time.sleep(self.chance.choice((0.0, 0.0, self.chance.uniform(0.0, 0.05))))
        with suppress(ProcessLookupError):
            os.kill(self.chance.choice(there), signal.SIGKILL)
            self.killed[moment] += 1

    def _at_work(self, moment: str) -> list[int]:
        role, sql = MOMENTS[moment]
        seen = [str(row[0]) for row in self.rows(sql)]
        return members(role, self.supervisor, seen) if seen else []


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory, hurried, tiny_task, tiny_algorithm):
    """The database of a hub that went through a campaign, and what the campaign did."""
    folder = tmp_path_factory.mktemp("campaign")
    with empty_database(folder / "data") as url:
        yield from after_a_campaign(folder, url, hurried, tiny_task, tiny_algorithm)


def after_a_campaign(folder, url, hurried, tiny_task, tiny_algorithm):
    own = {"DATABASE_URL": url, "VALHUB_LEASE_S": "2", "VALHUB_MAX_DEATHS": "1000"}
    settings = {**hurried, **own}
    campaign = Campaign(Database(url))
    with running_hub(folder / "data", workers=2, environment=settings) as hub:
        campaign.supervisor = hub.process.pid
        analysis_id = publish(hub.address, folder / "tiny.zip", tiny_task)
        campaign.kill_at("data is being prepared")
        people = [
            Person(f"person-{i}", hub.address, analysis_id, folder, campaign.rows)
            for i in range(PEOPLE)
        ]
        with handing_in(people, tiny_algorithm):
            campaign.go_on_for(CAMPAIGN_S / 2)
        hub.process.kill()
        hub.process.wait()
    hub.log.rename(folder / "first.log")
    port = urlsplit(hub.address).port
    with running_hub(folder / "data", workers=2, port=port, environment=settings) as hub:
        campaign.supervisor = hub.process.pid
        with handing_in(people, tiny_algorithm):
            campaign.go_on_for(CAMPAIGN_S / 2)
        wait_for_the_end(campaign.rows)
    yield campaign.rows, campaign.killed


@contextmanager
def handing_in(people: list[Person], tiny_algorithm) -> Iterator[None]:
    """Let people hand in side by side for as long as the block runs."""
    over = threading.Event()
    with ThreadPoolExecutor(len(people)) as pool:
        entering = [pool.submit(person.enter, tiny_algorithm, over) for person in people]
        try:
            yield
        finally:
            over.set()
        for one in entering:
            one.result()


def publish(address: str, package: Path, content: bytes) -> int:
    package.write_bytes(content)
    organiser = persistently(lambda: signed_in(address, "olivia"))
    words = ("analysis_name", "description", "short_description", "ruleset", "dataset_description")
    return organiser.upload_analysis(dict.fromkeys(words, "Tiny"), package)


def wait_for_the_end(rows: Database) -> None:
    """Let uploads that were cut off be old, and wait until every submission has ended."""
    time.sleep(1.0)
    rows(
        "UPDATE jobs_submission SET submitted_at = '2020-01-01 00:00:00'"
        " WHERE status = 'submitting'"
    )
    deadline = time.monotonic() + 120
    unended = "SELECT id, status FROM jobs_submission WHERE status NOT IN ('finished', 'failed')"
    while left := rows(unended):
        assert time.monotonic() < deadline, left
        time.sleep(0.2)


def test_everybody_was_killed_at_many_moments(aftermath):
    _, killed = aftermath
    roles = {MOMENTS[moment][0] for moment in killed}
    assert roles == {"web", "worker", "sandbox", "sweeper"}
    assert len(killed) >= 7, killed


def test_every_submission_finished_unless_its_upload_was_cut_off(aftermath):
    rows, _ = aftermath
    ended = rows("SELECT status, our_fault, reason, id FROM jobs_submission")
    finished = [row for row in ended if row[0] == "finished"]
    others = [row for row in ended if row[0] != "finished"]
    assert len(finished) >= PEOPLE
    assert all(row[1] and "interrupted" in row[2] for row in others), others


def test_every_file_has_one_result_and_no_kill_costs_one(aftermath):
    rows, _ = aftermath
    per_run = rows(
        "SELECT jobs_run.id, count(jobs_fileresult.id) FROM jobs_run"
        " LEFT JOIN jobs_fileresult ON run_id = jobs_run.id GROUP BY jobs_run.id"
    )
    assert {count for _, count in per_run} == {4}
    assert rows("SELECT verdict, message FROM jobs_fileresult WHERE verdict != 'scored'") == []


def test_everything_was_told_once_and_without_a_gap(aftermath):
    rows, _ = aftermath
    for (pk,) in rows("SELECT id FROM jobs_submission WHERE status = 'finished'"):
        events = rows(
            "SELECT number, kind FROM jobs_event WHERE submission_id = %s ORDER BY number", pk
        )
        assert [number for number, _ in events] == list(range(1, len(events) + 1))
        kinds = Counter(kind for _, kind in events)
        assert kinds == {"submitted": 1, "queued": 1, "started": 1, "file": 4, "finished": 1}


def test_the_board_has_everybodys_best_run_once(aftermath):
    rows, _ = aftermath
    board = rows("SELECT account_id, run_id FROM leaderboards_entry")
    scored = rows(
        "SELECT created_by_id, jobs_run.id, aggregates, 1 - coverage, submitted_at"
        " FROM jobs_run JOIN jobs_submission ON jobs_submission.id = submission_id"
        " WHERE jobs_run.status = 'finished'"
    )
    best = {}
    for row in sorted(scored, key=standing, reverse=True):
        best[row[0]] = row[1]
    assert sorted(board) == sorted(best.items())
    [[entries]] = rows("SELECT entries_count FROM leaderboards_board")
    assert entries == len(best)


def standing(row: tuple) -> tuple:
    """What decides between runs of one person; the least is the best."""
    _, _, aggregates, lack, submitted_at = row
    return lack, json.loads(aggregates)["mean_absolute_error_azimuth"]["value"], submitted_at


def test_nothing_is_left_to_do(aftermath):
    rows, _ = aftermath
    # A part that was begun a second time ends with its run.
    assert set(rows("SELECT state FROM jobs_shard")) <= {("done",), ("cancelled",)}
    assert rows("SELECT state FROM jobs_preparation") == [("done",)]
