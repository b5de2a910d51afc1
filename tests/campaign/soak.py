"""`python -m campaign.soak`: a hub under kills, freezes and cuts says what it says undisturbed.

On SQLite and beside it on PostgreSQL, every kind of submission is handed in to a hub that nobody
disturbs; then people hand them in again and again while the hub's processes are killed and frozen,
uploads are cut off and doubled, and the hub is restarted. Every verdict, score and cost is compared
with the undisturbed ones, in which it does not matter how busy the machine is. The exit code is 1
when anything differs, is lost or is doubled, when the hub does not recover, or when a kind of
process was never hit; then the hub's folder is kept.
"""

import argparse
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

from campaign.accounts import faults_of
from campaign.acts import ACTS, Acts, acting, never_hit
from campaign.course import SETTINGS, leftovers, wait_for_the_end
from campaign.frozen_calls import Record, measured_calls
from campaign.judgements import (
    Judgement,
    Undisturbed,
    differences,
    judgements,
    plain,
    wrong_costs,
)
from campaign.keeper import Keeper, kept_hub
from campaign.kinds import KINDS, packages, write_wheels
from campaign.people import Database, publish
from campaign.sites import Site, running_site
from campaign.uploads import CUT, DOUBLED, Sender, sending
from valhub.client import hub, local_hub
from valhub.evaluation.settings import Settings as EngineSettings

DATABASES = ("sqlite", "postgresql")
WORKERS = 2
PEOPLE = 3
# How much longer it goes on when a kind of process was not there yet.
LONGER_S = 600.0
# However busy the machine is with what else runs there.
ENDS_WITHIN_S = 900.0


@dataclass
class Soak:
    """One hub's course: what it said undisturbed, what was done to it, and what it says after.

    Attributes
    ----------
    seconds : float
        After so long nothing is done to it any more, unless somebody was not hit yet.
    faults : list of str
        Everything that is not as it has to be.
    """

    seconds: float
    seed: int
    folder: Path
    site: Site

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.rows = Database(self.site.database_url)
        self.began = time.monotonic()
        # Where sandboxes have their folders, which nobody else uses.
        self._scratch = self.folder / "scratch"
        self._scratch.mkdir(mode=0o711)
        self.senders: list[Sender] = []
        self.faults: list[str] = []

    def run(self) -> "Soak":
        """Go through all of it."""
        with kept_hub(self.folder / "data", WORKERS, self._settings()) as keeper:
            analyses = self._publish(keeper)
            control = self._send_undisturbed(keeper, analyses)
            self.senders += [
                self._sender(f"person-{number}", keeper, analyses) for number in range(PEOPLE)
            ]
            with acting(keeper, self.rows, self.chance) as self.acts, sending(self.senders[1:]):
                deadline = self.began + self.seconds
                latest = max(deadline, time.monotonic()) + LONGER_S
                self.acts.go_on_until(deadline, latest, self._never_hit)
            wait_for_the_end(self.rows, ENDS_WITHIN_S)
            self._judge(control)
        self.faults += [f"left behind: {command}" for command in leftovers(self._scratch)]
        return self

    def _settings(self) -> Mapping[str, str]:
        wheels = write_wheels(self.folder / "wheels", self.seed)
        here = {"VALHUB_CACHE": str(self._cache()), "TMPDIR": str(self._scratch)}
        # Which calls it measured is told at this level.
        here["VALHUB_LOG_LEVEL"] = "DEBUG"
        return {**SETTINGS, **wheels, **here, "DATABASE_URL": self.site.database_url}

    def _cache(self) -> Path:
        """A cache of its own, but for environments, which take long: those are shared."""
        cache = self.folder / "cache"
        cache.mkdir()
        environments = EngineSettings.from_environment().cache_dir / "environments"
        environments.mkdir(parents=True, exist_ok=True)
        (cache / "environments").symlink_to(environments)
        return cache

    def _publish(self, keeper: Keeper) -> dict[str, int]:
        address = keeper.hub.address
        return {
            name: publish(address, self.folder / f"{name}.zip", content)
            for name, content in packages().items()
        }

    def _sender(self, name: str, keeper: Keeper, analyses: Mapping[str, int]) -> Sender:
        chance = random.Random(self.chance.random())
        address = keeper.hub.address
        return Sender(name, address, analyses, self.folder, self.rows, self.seed, chance)

    def _send_undisturbed(
        self, keeper: Keeper, analyses: Mapping[str, int]
    ) -> dict[str, Judgement]:
        """What is said of each kind while nothing happens."""
        sender = self._sender("control", keeper, analyses)
        self.senders.append(sender)
        for kind in KINDS:
            sender.send_plain(kind)
        wait_for_the_end(self.rows, ENDS_WITHIN_S)
        said = judgements(self.rows)
        control: dict[str, Judgement] = {}
        for upload in sender.sent:
            [identifier] = upload.answered
            judgement = said[plain(identifier)]
            # If these failed for a reason of their own, all others could fail alike.
            assert judgement.verdicts == KINDS[upload.kind].verdicts, judgement
            control[upload.kind] = judgement
        return control

    def _judge(self, control: Mapping[str, Judgement]) -> None:
        said = judgements(self.rows)
        uploads = [upload for sender in self.senders for upload in sender.sent]
        kinds = {upload.name: upload.kind for upload in uploads}
        self.faults += faults_of(uploads, self.rows)
        named = self.rows("SELECT id, display_name FROM jobs_submission")
        # An upload that was interrupted was never run.
        run = [(name, kinds[name], said[plain(pk)]) for pk, name in named if plain(pk) in said]
        undisturbed = Undisturbed.of([one[1:] for one in run], self.acts.ever_hit)
        record = Record(measured_calls(self._logs()), self.acts.freezes)
        for name, kind, judgement in run:
            wrong = differences(judgement, control[kind])
            wrong += wrong_costs(kind, judgement, undisturbed, record)
            self.faults += [f"{name} ({kind}): {what}" for what in wrong]
        self.submissions = Counter(kinds[name] for _, name in named)
        self.manners = Counter(upload.manner for upload in uploads)
        self._recoveries(self.acts)

        self.faults += [f"never hit: {one}" for one in self._never_hit()]

    def _logs(self) -> list[Path]:
        """All that the hub has logged, before it was started again too."""
        return [*self.folder.glob("data.log"), *self.folder.glob("hub-until-*.log")]

    def _never_hit(self) -> list[str]:
        """What was never done to anybody, of uploads too."""
        manners = {upload.manner for sender in self.senders for upload in sender.sent}
        never = [one for one in (CUT, DOUBLED) if one not in manners]
        return [*never, *never_hit(self.acts.done)]

    def _recoveries(self, acts: Acts) -> None:
        for act, times in acts.recovered.items():
            if max(times) == float("inf"):
                self.faults.append(f"the hub did not recover after: {act}")


def told(soak: Soak) -> str:
    """The table of a course."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(soak.submissions.items()))
    lines = [f"submissions: {soak.submissions.total()} ({kinds})"]
    lines.append(f"{'act':<22}{'times':>7}{'recovered in s: median':>25}{'worst':>8}")
    for act in (CUT, DOUBLED):
        lines.append(f"{act:<22}{soak.manners[act]:>7}{'-':>25}{'-':>8}")
    for act in ACTS:
        times = soak.acts.recovered.get(act, [])
        middle, worst = (statistics.median(times), max(times)) if times else (0.0, 0.0)
        lines.append(f"{act:<22}{soak.acts.done[act]:>7}{middle:>25.1f}{worst:>8.1f}")
    lines.append(f"differences, lost or doubled: {len(soak.faults)}")
    return "\n".join([*lines, *(f"  {fault}" for fault in soak.faults)])


def run_on(database: str, seconds: float, seed: int) -> bool:
    """Go through a soak on one database and print what came of it; whether all was well."""
    folder = Path(tempfile.mkdtemp(prefix="valhub-soak-"))
    # Sandboxes, which are other users', have to get through.
    folder.chmod(0o711)
    with running_site(folder, database, "embedded") as site:
        soak = Soak(seconds, seed, folder, site).run()
    _say(f"{database}: {time.monotonic() - soak.began:.0f} s, seed {seed}\n{told(soak)}")
    if soak.faults:
        _say(f"The hub's folder is kept: {folder}")
    else:
        shutil.rmtree(folder)
    return not soak.faults


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Run it on the databases side by side; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=12.0)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4)))
    parser.add_argument("--database", action="append", choices=DATABASES)
    asked = parser.parse_args()
    databases = asked.database or DATABASES
    _say(f"The seed is {asked.seed}.")
    run = partial(run_on, seconds=60 * asked.minutes, seed=asked.seed)
    # A machine on which two hubs recover at once is busy, and not with them alone.
    with (
        patch.object(local_hub, "START_S", 10 * local_hub.START_S),
        patch.object(hub, "TIMEOUT_S", 10 * hub.TIMEOUT_S),
        ThreadPoolExecutor(len(databases)) as pool,
    ):
        return 0 if all(list(pool.map(run, databases))) else 1


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "valhub.settings")
    sys.exit(main())
