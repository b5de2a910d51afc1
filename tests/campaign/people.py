"""People who hand in one algorithm after another, whatever happens to their hub meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pymysql

from services.databases import ask
from valhub.client.hub import Hub, HubRefused, HubUnreachable

PASSWORD = "a long enough secret"
# However busy the machine is: what comes back does it long before.
PATIENCE_S = 300.0
AT_ONCE = 3  # Submissions of one person that have not ended.
# Every answer is wrong by so much, which is what the run has to be scored with.
SOURCE = (
    "import time\n\ndef estimate_azimuth(series):\n"
    "    time.sleep(0.05)\n    return float(series.iloc[0]) + {offset}\n"
)


class Database:
    """Reads a hub's database from outside, and waits for it while it is away."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, sql: str, *values: object) -> list[tuple]:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return ask(self.url, sql, *values)
            except (psycopg.OperationalError, pymysql.OperationalError, pymysql.InterfaceError):
                assert time.monotonic() < deadline, f"{self.url} does not come back."
                time.sleep(0.1)


@dataclass
class Person:
    """Somebody with an account; the display name of what they hand in says its offset."""

    name: str
    address: str
    analysis_id: int
    folder: Path
    rows: Database
    entered: int = 0

    def enter(self, tiny_algorithm: Callable[..., bytes], over: threading.Event) -> None:
        hub = persistently(lambda: signed_in(self.address, self.name))
        while not over.wait(0.2):
            if self._count(going_on=True) < AT_ONCE:
                self.entered += 1
                offset = self.entered * 7 % 5
                archive = self.folder / f"{self.name}-{self.entered}.zip"
                archive.write_bytes(tiny_algorithm(SOURCE.format(offset=offset)))
                self._hand_in(hub, archive, str(offset))

    def _hand_in(self, hub: Hub, archive: Path, offset: str) -> None:
        before = self._count()
        while self._count() == before:
            with suppress(HubRefused, HubUnreachable):
                hub.submit(self.analysis_id, archive, display_name=offset)
                return
            # It may have arrived although nobody answered.
            time.sleep(1.0)

    def _count(self, *, going_on: bool = False) -> int:
        """How many submissions there are of this person's, all or those that have not ended."""
        counted = "SELECT count(*) FROM jobs_submission JOIN accounts_account"
        counted += " ON accounts_account.id = created_by_id WHERE username = %s"
        counted += " AND status NOT IN ('finished', 'failed')" if going_on else ""
        [[count]] = self.rows(counted, self.name)
        return count


def persistently(do):
    """Do something until the hub takes it."""
    deadline = time.monotonic() + PATIENCE_S
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


def publish(address: str, package: Path, content: bytes) -> int:
    package.write_bytes(content)
    organiser = persistently(lambda: signed_in(address, "olivia"))
    words = ("analysis_name", "description", "short_description", "ruleset", "dataset_description")
    return organiser.upload_analysis(dict.fromkeys(words, "Tiny"), package)


@contextmanager
def handing_in(people: list[Person], tiny_algorithm: Callable[..., bytes]) -> Iterator[None]:
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
