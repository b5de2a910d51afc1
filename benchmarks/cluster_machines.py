"""One submission on one, two and four machines.

A machine is a worker in a network name space, with a host name, folders and a cache of its own; the
hub's database is PostgreSQL, its broker Redis, its storage a bucket. Every file takes half a second
of a processor. Needs root. Exit code 1 when a figure does not hold.

    cluster_machines.py 400     how many files the submission has
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import boto3
from cluster_network import machine
from cluster_packages import SECONDS, algorithm_of, task_of
from processes import environment_with, finished, python, running

from campaign.people import Database, publish, signed_in
from services.aws import REGION, running_aws
from services.brokers import running_broker
from services.postgresql import running_postgresql
from services.processes import free_port
from valhub.client.hub import Hub
from valhub.evaluation.settings import Settings

FILES = 400
MACHINES = (1, 2, 4)
WANTED = 0.9
BUCKET = "the-hubs-files"
# Files a second while everybody was at work: from the first result on, the first one not counted.
RATE = """SELECT (count(*) - 1) / EXTRACT(EPOCH FROM max(at) - min(at)) FROM jobs_event
    WHERE kind = 'file' AND submission_id = (SELECT id FROM jobs_submission
    ORDER BY submitted_at DESC LIMIT 1)"""
UNENDED = "SELECT 1 FROM jobs_submission WHERE status NOT IN ('finished', 'failed')"
FAILED = "SELECT reason FROM jobs_submission WHERE status = 'failed'"


@dataclass(frozen=True)
class Site:
    """The servers, and what tells a hub and its workers of them."""

    folder: Path
    environment: Mapping[str, str]
    rows: Database

    def on_a_machine(self, address: str) -> dict[str, str]:
        """Say the same on a machine that finds the servers at an address."""
        told = self.environment.items()
        return {name: value.replace("127.0.0.1", address) for name, value in told}

    @property
    def ports(self) -> list[int]:
        """Where the servers listen."""
        names = ("DATABASE_URL", "VALHUB_QUEUE", "AWS_ENDPOINT_URL")
        return [urlsplit(self.environment[name]).port or 0 for name in names]


@contextmanager
def running_site() -> Iterator[Site]:
    """Start the servers."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="valhub-machines-")))
        # The database server may be somebody else's process.
        folder.chmod(0o755)
        url = stack.enter_context(running_postgresql(folder))
        redis = stack.enter_context(running_broker("redis"))
        aws = stack.enter_context(running_aws())
        os.environ.update(aws.environment)
        boto3.client("s3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        environment = {
            "DATABASE_URL": url,
            "VALHUB_QUEUE": redis.url,
            "VALHUB_STORAGE": f"s3://{BUCKET}?region={REGION}&endpoint={aws.url}",
            # One secret, as on any site of several machines.
            "VALHUB_SECRET_KEY": "of this benchmark alone, and long enough for all of it",
            **aws.environment,
        }
        yield Site(folder, environment, Database(url))


@contextmanager
def running_machines(site: Site, count: int) -> Iterator[None]:
    """Start so many machines, each with one worker; they end with the block."""
    with ExitStack() as stack:
        for number in range(1, count + 1):
            address, prefix = stack.enter_context(machine(number, site.ports))
            own = site.folder / f"machine-{number}"
            cache_of(own)
            log = stack.enter_context((own / "log").open("ab"))
            command = [*prefix, *python("-P", "-m", "valhub.server", "worker")]
            here = {"VALHUB_DATA": str(own / "data"), "VALHUB_CACHE": str(own / "cache")}
            environment = environment_with(**site.on_a_machine(address), **here)
            stack.enter_context(running(command, environment=environment, output=log))
        yield


def cache_of(own: Path) -> None:
    """Make a machine's own cache, but for environments, which it could not build without a net."""
    if not own.exists():
        environments = Settings.from_environment().cache_dir / "environments"
        environments.mkdir(parents=True, exist_ok=True)
        (own / "cache").mkdir(parents=True)
        (own / "cache" / "environments").symlink_to(environments)


def rate_of(site: Site, entrant: "Entrant", machines: int, seconds: float = SECONDS) -> float:
    """Files a second with so many machines."""
    with running_machines(site, machines):
        entrant.hand_in(seconds)
        while site.rows(UNENDED):
            time.sleep(0.5)
    if failed := site.rows(FAILED):
        sys.exit(f"A submission failed: {failed[0][0]}")
    [[rate]] = site.rows(RATE)
    return float(rate)


class Entrant:
    """Publishes an analysis, and hands in to it."""

    def __init__(self, address: str, folder: Path, files: int) -> None:
        self.analysis = publish(address, folder / "task.zip", task_of(files))
        self.archive = folder / "algorithm.zip"
        self.person = signed_in(address, f"person-{files}")

    def hand_in(self, seconds: float) -> None:
        """Hand in an algorithm that takes so long for a file."""
        self.archive.write_bytes(algorithm_of(seconds))
        self.person.submit(self.analysis, self.archive)


@contextmanager
def hub_without_workers(site: Site) -> Iterator[str]:
    """Start a hub's web server and its sweeper; gives the address."""
    port = free_port()
    environment = environment_with(**site.environment, VALHUB_DATA=str(site.folder / "hub"))
    log = site.folder / "hub.log"

    def command(*words: str) -> list[str | Path]:
        return python("-P", "-m", "valhub.server", *words)

    with ExitStack() as stack:
        output = stack.enter_context(log.open("ab"))
        output.write(finished(command("migrate"), environment=environment).encode())
        for words in (["web", "--host=127.0.0.1", f"--port={port}"], ["sweep"]):
            stack.enter_context(running(command(*words), environment=environment, output=output))
        address = f"http://127.0.0.1:{port}"
        while not Hub(address).is_ready():
            time.sleep(0.2)
        yield address


def main(files: int) -> int:
    """Measure, print, and say whether the figures hold."""
    with running_site() as site, hub_without_workers(site) as address:
        entrant = Entrant(address, site.folder, files)
        # Each machine prepares the data once.
        rate_of(site, entrant, MACHINES[-1], seconds=0.05)
        rates = {machines: rate_of(site, entrant, machines) for machines in MACHINES}
    return report(rates)


def report(rates: Mapping[int, float]) -> int:
    """Print rates and efficiency."""
    processors = os.cpu_count() or 1
    holds = True
    for machines, rate in rates.items():
        efficiency = rate / rates[1] / min(machines, processors)
        holds = holds and efficiency >= WANTED
        print(
            f"  {machines} machines: {rate:.2f} files a second, "
            f"efficiency up to {processors} processors {efficiency:.2f} (at least {WANTED} wanted)"
        )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else FILES))
