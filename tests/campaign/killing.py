"""Killing a hub's processes at chosen moments, as its database shows them."""

import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress

from campaign.people import Database
from campaign.tree import members

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

# The parts that a moment's role names, and the roles of which only whoever holds something is hit.
PARTS = {
    "web": {"web server", "web process"},
    "worker": {"worker"},
    "sandbox": {"outer bwrap"},
    "sweeper": {"sweeper"},
}
HELD = {"worker", "sandbox"}


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
        if not seen:
            return []
        holders = {int(owner.rpartition("-")[2]) for owner in seen if "-" in owner}
        return sorted(
            member.pid
            for member in members(self.supervisors)
            if member.role in PARTS[role]
            and (role not in HELD or holders & {member.pid, member.under})
        )
