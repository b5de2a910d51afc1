"""Killing a hub's processes at chosen moments, as its database shows them."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Mapping, Set
from contextlib import suppress
from pathlib import Path

from campaign.people import Database

SEED = int(os.environ.get("CAMPAIGN_SEED", "20261123"))
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


class Campaign:
    """Kills a hub's processes, and counts what it did."""

    def __init__(self, rows: Database) -> None:
        self.supervisors: set[int] = set()
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

    def go_on_until_many(self, within_s: float) -> None:
        """On a machine that is slow just now, go on until everybody was killed and often."""
        deadline = time.monotonic() + within_s
        while not self.has_killed_many() and time.monotonic() < deadline:
            self.go_on_for(1.0)

    def has_killed_many(self) -> bool:
        """Whether each role was killed, and most moments were met."""
        roles = {role for role, _ in MOMENTS.values()}
        return {MOMENTS[one][0] for one in self.killed} == roles and len(self.killed) >= 7

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
        return members(role, self.supervisors, seen) if seen else []


def processes() -> dict[int, tuple[int, str]]:
    """Every process' parent and command."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_text().replace("\0", " ")
            found[int(folder.name)] = parent, command
    return found


def members(role: str, supervisors: Set[int], owners: list[str]) -> list[int]:
    """The processes of a hub that have a role."""
    known = processes()
    own = children_of(supervisors, known)
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
