"""What it costs to hand a shard to a worker, on every broker.

A real hub works on a task whose files take next to no time, each of them a shard. Measured by the
database's clock: from queued to begun with an idle worker, and from the end of a shard to that of
the next one, but for the time that the file itself took. Exit code 1 when a figure does not hold.
"""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from campaign.people import Database, publish, signed_in
from services.brokers import running_broker
from services.postgresql import running_postgresql
from valhub.client.hub import Hub
from valhub.client.local_hub import running_hub
from valhub.evaluation.evaluate import Settings

TINY = Path(__file__).parents[1] / "tests" / "tiny"
BROKERS = ("embedded", "redis", "rabbitmq", "sqs")
SUBMISSIONS = 12
MOST_MS = 50.0
ROOMY = {
    "VALHUB_QUOTA_PER_DAY": "10000",
    "VALHUB_QUOTA_ACCOUNT_PER_DAY": "10000",
    "VALHUB_QUOTA_RUNNING": "10000",
}
ALL_ENDED = "SELECT count(*) FROM jobs_run WHERE finished_at IS NOT NULL"
BEGUN = """SELECT EXTRACT(EPOCH FROM run.started_at - min(shard.queued_at))
    FROM jobs_run run JOIN jobs_shard shard ON shard.run_id = run.id GROUP BY run.id ORDER BY 1"""
# A file is told of when it is written down, which is the end of its shard.
NEXT = """SELECT EXTRACT(EPOCH FROM shard.progressed_at
        - lag(shard.progressed_at) OVER (PARTITION BY shard.run_id ORDER BY shard.progressed_at))
        - result.wall_s AS gap
    FROM jobs_shard shard JOIN jobs_fileresult result ON result.run_id = shard.run_id
        AND shard.files = to_jsonb(ARRAY[result.file_id])"""


def measured_with(broker: str) -> int:
    """Measure with one broker, print, and say whether the figures hold."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="valhub-dispatch-")))
        # The server may be somebody else's process.
        folder.chmod(0o755)
        url = stack.enter_context(running_postgresql(folder))
        settings = {**ROOMY, "DATABASE_URL": url}
        settings["VALHUB_CACHE"] = str(Settings.from_environment().cache_dir)
        if broker != "embedded":
            settings["VALHUB_QUEUE"] = stack.enter_context(running_broker(broker)).url
        hub = running_hub(folder / "data", workers=1, environment=settings)
        rows = Database(url)
        hand_in_and_wait(stack.enter_context(hub).address, folder, rows)
        begun = [float(row[0]) for row in rows(BEGUN)]
        gaps = [float(row[0]) for row in rows(NEXT) if row[0] is not None]
    # An embedded worker looks four times a second.
    allowed = {"embedded": 250.0}.get(broker, MOST_MS)
    idle = report(f"{broker}: queued to begun", begun, allowed)
    return max(idle, report(f"{broker}: end of a shard to that of the next", gaps, MOST_MS))


def hand_in_and_wait(address: str, folder: Path, rows: Database) -> None:
    """Hand in one after the other, each when the one before has ended."""
    task, archive = (
        Path(shutil.make_archive(str(folder / name), "zip", TINY / name))
        for name in ("task", "algorithm")
    )
    analysis = publish(address, task, task.read_bytes())
    person: Hub = signed_in(address, "person")
    for number in range(1, SUBMISSIONS + 1):
        person.submit(analysis, archive)
        while rows(ALL_ENDED) != [(number,)]:
            time.sleep(0.1)
        time.sleep(0.5)


def report(what: str, seconds: Sequence[float], most_ms: float) -> int:
    """Print a median and the worst."""
    median_ms = 1000 * statistics.median(seconds)
    holds = median_ms <= most_ms
    said = "holds" if holds else "DOES NOT HOLD"
    print(
        f"{what}: median {median_ms:.1f} ms, worst {1000 * max(seconds):.0f} ms "
        f"(at most {most_ms:.0f} ms wanted): {said}",
        flush=True,
    )
    return 0 if holds else 1


def main(names: Iterable[str]) -> int:
    """Measure with each broker."""
    return max(measured_with(name) for name in names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or BROKERS))
