"""How soon a ready submission begins while another account does its worst, on two workers.

The worst is first the requirements that take longest to resolve, and then, beside them, algorithms
that use every second of their time limit on every file, as many as the quotas allow. Times are
those that the hub's database holds, compared with the idle hub of the same run. Exit code 1 when
one is over 5 s.
"""

import shutil
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

from hub import ROOT, WORKERS, Figure, person, publish, rows, seconds, zipped
from valhub.client.hub import Hub, HubSubmission
from valhub.client.local_hub import running_hub
from valhub.client.tasks import build_task
from valhub.evaluation.settings import Settings

WANTED_S = 5.0
TIMES = 5
REQUIRED = 200_000
GREEDY = 5
ENDLESS = 5  # with the others as many as VALHUB_QUOTA_RUNNING allows at once
SLEEPING = """import time

def detect_time_shifts(time_series, timezone):
    time.sleep(10**6)
"""


def greedy_wheel(folder: Path, version: int) -> None:
    """Write a wheel that requires far more than any package index has."""
    info = f"greedy-{version}.dist-info"
    needs = "".join(f"Requires-Dist: greedy-part-{number}\n" for number in range(REQUIRED))
    with zipfile.ZipFile(
        folder / f"greedy-{version}-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED
    ) as wheel:
        head = f"Metadata-Version: 2.1\nName: greedy\nVersion: {version}\n"
        wheel.writestr(f"{info}/METADATA", head + needs)
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")


def changed(archive: Path, into: Path, name: str, text: str) -> Path:
    """Copy an algorithm's archive with another text in one of its files."""
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(into, "w") as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, text)
    return into


def waits(hub: Hub, database: Path, analysis: int, archive: Path) -> list[float]:
    """From the row of a submission to its run's start, for several after one another."""
    found = []
    for _ in range(TIMES):
        submission = hub.submit(analysis, archive)
        while not has_ended(hub, submission):
            time.sleep(0.2)
        query = f"""SELECT run.started_at, told.at FROM jobs_run run JOIN jobs_event told
            ON told.submission_id = run.submission_id AND told.kind = 'submitted'
            WHERE run.submission_id = '{submission.id.replace("-", "")}'"""  # noqa: S608 - our id
        [(started, submitted)] = rows(database, query)
        found.append(seconds(started, submitted))
    return found


def has_ended(hub: Hub, submission: HubSubmission) -> bool:
    """Whether a submission has ended; one that failed ends the benchmark."""
    now = hub.submission(submission.id)
    if now.has_ended and now.status != "finished":
        sys.exit(f"A submission ended as {now.status}.")
    return now.has_ended


def figure(what: str, found: Sequence[float], idle: Sequence[float]) -> Figure:
    """Compare waits with those on the idle hub."""
    longest, ratio = max(found), statistics.median(found) / statistics.median(idle)
    said = (
        f"{statistics.median(found):.2f} s, {ratio:.1f} times the idle hub's, at most "
        f"{longest:.2f} s (wanted ≤ {WANTED_S:g} s)"
    )
    return what, said, longest <= WANTED_S


def wait_until_busy(database: Path, query: str, count: int) -> None:
    """Wait until an attack goes on."""
    while int(str(rows(database, query)[0][0])) < count:
        time.sleep(0.2)


def measured(folder: Path) -> list[Figure]:
    """Measure the idle hub, then each attack."""
    wheels = folder / "wheels"
    wheels.mkdir()
    for version in range(GREEDY):
        greedy_wheel(wheels, version)
    package = build_task("time-shift-detection", folder)
    ready = zipped(ROOT / "examples" / "zero_shift", folder)
    environment = {
        "VALHUB_CACHE": str(Settings.from_environment().cache_dir),
        "UV_FIND_LINKS": str(wheels),
    }
    with running_hub(folder / "hub", workers=WORKERS, environment=environment) as hub:
        database = folder / "hub" / "hub.sqlite3"
        analysis = publish(person(hub.address, "olivia"), package)
        attacker, other = (person(hub.address, name) for name in ("mallory", "peter"))
        # The first one waits for its environment.
        idle = waits(other, database, analysis, ready)[1:]
        for version in range(GREEDY):
            asked = changed(ready, folder / "greedy.zip", "requirements.txt", f"greedy=={version}")
            attacker.submit(analysis, asked)
        wait_until_busy(database, "SELECT count(*) FROM jobs_build WHERE state = 'leased'", 1)
        greedy = waits(other, database, analysis, ready)
        endless = changed(ready, folder / "endless.zip", "submission_wrapper.py", SLEEPING)
        for _ in range(ENDLESS):
            attacker.submit(analysis, endless)
        wait_until_busy(database, "SELECT count(*) FROM jobs_shard WHERE state = 'leased'", WORKERS)
        return [
            figure("beside environments that are too large", greedy, idle),
            figure(
                "beside those and files that take all their time",
                waits(other, database, analysis, ready),
                idle,
            ),
        ]


def main() -> None:
    """Measure and print every figure."""
    folder = Path(tempfile.mkdtemp())
    try:
        figures = measured(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for what, found, holds in figures:
        print(f"submitted to started, {what}: {found}: {'holds' if holds else 'DOES NOT HOLD'}")
    sys.exit(0 if all(holds for *_, holds in figures) else 1)


if __name__ == "__main__":
    main()
