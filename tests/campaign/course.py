"""A whole campaign: people hand in, processes are killed, servers go away and come back.

Now and then everything of the hub is killed at once, supervisors too, and a new one takes over.
CAMPAIGN_S makes it longer, CAMPAIGN_SEED another one.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch
from urllib.parse import urlsplit

from campaign.killing import Campaign
from campaign.machine import running_machine
from campaign.people import PATIENCE_S, Database, Person, handing_in, publish
from campaign.sites import Site
from campaign.tree import processes
from valhub.client import local_hub
from valhub.client.local_hub import LocalHub, running_hub

CAMPAIGN_S = float(os.environ.get("CAMPAIGN_S", "24"))
# What ends again and again is started again later and later, so that no round is long.
ROUNDS = max(2, round(CAMPAIGN_S / 15))
PEOPLE = 3
SETTINGS = {
    "VALHUB_POLL_MS": "50",
    "VALHUB_SWEEP_MS": "200",
    "VALHUB_LEASE_S": "2",
    "VALHUB_WAKE_AGAIN_S": "1",
    "VALHUB_MAX_DEATHS": "1000",
    "VALHUB_QUOTA_RUNNING": "1000",
    "VALHUB_QUOTA_PER_DAY": "1000",
    "VALHUB_QUOTA_ACCOUNT_PER_DAY": "1000",
    "VALHUB_REGISTRATIONS_PER_NETWORK": "1000",
}


@dataclass(frozen=True)
class Aftermath:
    """What is left: the database, who was killed when, and what outlived everybody."""

    rows: Database
    killed: Counter[str]
    killed_many: bool
    leftovers: list[str]


@dataclass(frozen=True)
class Place:
    """Where a campaign takes place, and with which package and algorithms."""

    folder: Path
    site: Site
    # Where sandboxes have their folders, which no other hub uses.
    scratch: Path
    cache: Path
    task: bytes
    algorithm: Callable[..., bytes]
    # Whether another machine takes part, with a worker and a sweeper whose clock is wrong.
    other_machine: bool

    @property
    def settings(self) -> Mapping[str, str]:
        here = {"VALHUB_CACHE": str(self.cache), "TMPDIR": str(self.scratch)}
        return {**SETTINGS, **self.site.queue, "DATABASE_URL": self.site.database_url, **here}


@contextmanager
def place_in(
    folder: Path,
    site: Site,
    cache: Path,
    content: tuple[bytes, Callable[..., bytes]],
    *,
    machines: int,
) -> Iterator[Place]:
    """Make room for a campaign with one machine or two."""
    with (
        TemporaryDirectory(prefix="valhub-campaign-") as scratch,
        # Two hubs start at once here, on a machine that may be busy with other tests.
        patch.object(local_hub, "START_S", 4 * local_hub.START_S),
    ):
        # Sandboxes, which are other users', have to get through.
        Path(scratch).chmod(0o711)
        yield Place(folder, site, Path(scratch), cache, *content, other_machine=machines > 1)


def aftermath_of(place: Place) -> Aftermath:
    """Go through a campaign."""
    campaign = Campaign(Database(place.site.database_url))
    people: list[Person] = []
    port = 0
    for number in range(ROUNDS):
        with machines(place, campaign, port) as hub:
            port = urlsplit(hub.address).port or 0
            people = people or begin(place, campaign, hub)
            with handing_in(people, place.algorithm):
                go_through(campaign, place.site.outages[number::ROUNDS])
                if number == ROUNDS - 1:
                    campaign.go_on_until_many(PATIENCE_S)
            if number == ROUNDS - 1:
                wait_for_the_end(campaign.rows)
            else:
                kill_all(campaign, hub)
    left = leftovers(place.scratch)
    return Aftermath(campaign.rows, campaign.killed, campaign.has_killed_many(), left)


@contextmanager
def machines(place: Place, campaign: Campaign, port: int) -> Iterator[LocalHub]:
    """Run a hub, with another machine beside it if it is to have one."""
    data = place.folder / "data"
    workers = 1 if place.other_machine else 2
    with ExitStack() as stack:
        hub = running_hub(data, workers=workers, port=port, environment=place.settings)
        running = stack.enter_context(hub)
        campaign.supervisors = {running.process.pid}
        if place.other_machine:
            settings = {**place.settings, "VALHUB_DATA": str(data)}
            log = place.folder / "machine.log"
            other = stack.enter_context(running_machine(log, settings))
            campaign.supervisors.add(other.pid)
        yield running


def begin(place: Place, campaign: Campaign, hub: LocalHub) -> list[Person]:
    """Publish an analysis; gives the people who are going to hand in."""
    analysis_id = publish(hub.address, place.folder / "tiny.zip", place.task)
    campaign.kill_at("data is being prepared")
    names = [f"person-{number}" for number in range(PEOPLE)]
    return [Person(name, hub.address, analysis_id, place.folder, campaign.rows) for name in names]


def go_through(campaign: Campaign, outages: list[Callable[[], None]]) -> None:
    """One round: kill, and meanwhile let one thing after the other go away and come back."""
    with ThreadPoolExecutor(1) as pool:
        happening = [pool.submit(outage) for outage in outages]
        campaign.go_on_for(CAMPAIGN_S / ROUNDS)
        for one in happening:
            one.result()


def kill_all(campaign: Campaign, hub: LocalHub) -> None:
    """Kill the supervisors, whose processes end with them."""
    for supervisor in campaign.supervisors:
        os.kill(supervisor, 9)
    hub.process.wait()
    hub.log.rename(hub.log.with_name(f"hub-until-{time.time():.0f}.log"))


def wait_for_the_end(rows: Database, within_s: float = 600.0) -> None:
    """Let uploads that were cut off be old, and wait until every submission has ended."""
    time.sleep(1.0)
    rows(
        "UPDATE jobs_submission SET submitted_at = '2020-01-01 00:00:00'"
        " WHERE status = 'submitting'"
    )
    deadline = time.monotonic() + within_s
    unended = "SELECT id, status FROM jobs_submission WHERE status NOT IN ('finished', 'failed')"
    while left := rows(unended):
        assert time.monotonic() < deadline, left
        time.sleep(0.2)


def leftovers(scratch: Path) -> list[str]:
    """Commands of sandboxes, and of their janitors, some time after the end of everybody.

    The folder of a worker that was killed before it had a janitor is removed by the next worker.
    """
    deadline = time.monotonic() + 120
    while True:
        left = [command for _, command in processes().values() if str(scratch) in command]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.2)
