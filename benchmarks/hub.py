"""The hub's speed: how soon it begins, what it adds to the engine, how it drains a long queue.

A real hub is started on this machine and spoken to over HTTP; times are those its database holds.
Everything is compared within this one run. Exit code 1 when a figure does not hold.
"""

import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import processes

from valhub.client.hub import Hub
from valhub.client.local_hub import running_hub
from valhub.client.tasks import build_task
from valhub.evaluation.evaluate import KNOWN_NAMES, Settings, evaluate
from valhub.evaluation.packages.algorithms.algorithm import open_algorithm
from valhub.evaluation.packages.files.archives import opened
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.task_package import TaskPackage

ROOT = Path(__file__).resolve().parents[1]
ALGORITHMS = ("zero_shift", "solar_noon", "change_point")
WORKERS = 2
QUEUE = 1_000
PEOPLE = 10
PASSWORD = "correct horse battery staple"  # noqa: S105 - a hub of this run alone
ROOMY = {
    "VALHUB_QUOTA_PER_DAY": "10000",
    "VALHUB_QUOTA_ACCOUNT_PER_DAY": "10000",
    "VALHUB_QUOTA_TOTAL": "10000",
    "VALHUB_QUOTA_RUNNING": "10000",
}

Figure = tuple[str, str, bool]


@contextmanager
def hub_with(cache: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Start a hub; gives its address and its database."""
    data = folder / "hub"
    environment = {**ROOMY, "VALHUB_CACHE": str(cache)}
    with running_hub(data, workers=WORKERS, environment=environment) as hub:
        yield hub.address, data / "hub.sqlite3"


def person(address: str, name: str) -> Hub:
    """Register somebody and sign them in."""
    hub = Hub(address)
    hub.register(username=name, email=f"{name}@example.org", password=PASSWORD)
    hub.sign_in(username=name, password=PASSWORD)
    return hub


def publish(hub: Hub, package: Path) -> int:
    """Publish a package."""
    texts = ("description", "short_description", "ruleset", "dataset_description")
    return hub.upload_analysis({"analysis_name": package.stem, **dict.fromkeys(texts, "")}, package)


def zipped(folder: Path, into: Path) -> Path:
    """Pack a folder."""
    return Path(shutil.make_archive(str(into / folder.name), "zip", folder))


def wait_for(database: Path, count: int) -> None:
    """Wait until so many runs have ended."""
    while rows(database, "SELECT count(*) FROM jobs_run WHERE finished_at NOT NULL")[0][0] < count:
        time.sleep(0.2)
    failed = rows(database, "SELECT reason FROM jobs_run WHERE status != 'finished'")
    if failed:
        sys.exit(f"A submission failed: {failed[0][0]}")


def rows(database: Path, query: str) -> list[tuple[object, ...]]:
    """Read from the hub's database while it runs."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20)) as connection:
        return connection.execute(query).fetchall()


def seconds(later: object, earlier: object) -> float:
    """Time between two stored moments."""
    return (
        datetime.fromisoformat(str(later)) - datetime.fromisoformat(str(earlier))
    ).total_seconds()


def beginning(address: str, database: Path, analysis: int, archive: Path) -> Figure:
    """From the row of a submission to its run's first claim, on an idle hub."""
    hub = person(address, "first")
    waits = []
    for count in range(1, 8):
        hub.submit(analysis, archive)
        wait_for(database, count)
        time.sleep(1.0)
    query = """SELECT run.started_at, told.at FROM jobs_run run JOIN jobs_event told
        ON told.submission_id = run.submission_id AND told.kind = 'submitted'"""
    waits = [seconds(started, submitted) for started, submitted in rows(database, query)]
    median = statistics.median(waits[1:])
    return (
        "submitted to running, idle hub, cached environment, median",
        f"{median:.2f} s (wanted ≤ 0.5 s)",
        median <= 0.5,
    )


def throughput(folder: Path, cache: Path, package: Path) -> Figure:
    """The three examples through a hub, beside the engine alone with as many workers."""
    folder.mkdir()
    alone = engine_alone(package, cache)
    with hub_with(cache, folder) as (address, database):
        analysis = publish(person(address, "olivia"), package)
        archives = [zipped(ROOT / "examples" / name, folder) for name in ALGORITHMS]
        people = [person(address, f"person{i}") for i in range(len(archives))]
        for hub, archive in zip(people, archives, strict=True):
            hub.submit(analysis, archive)
        wait_for(database, len(archives))
        [(first, last)] = rows(database, "SELECT min(created_at), max(finished_at) FROM jobs_run")
    through = seconds(last, first)
    return (
        "throughput of the examples through a hub / engine alone",
        f"{alone / through:.2f} ({alone:.1f} s / {through:.1f} s; wanted ≥ 0.9)",
        alone / through >= 0.9,
    )


def engine_alone(package: Path, cache: Path) -> float:
    """Evaluate the three examples one after the other; their environments are made before."""
    settings = Settings(cache_dir=cache)
    with opened(package) as root:
        task = open_package(root, known=KNOWN_NAMES)
        assert isinstance(task, TaskPackage)
        algorithms = [
            open_algorithm(ROOT / "examples" / name, task.config.function_name)
            for name in ALGORITHMS
        ]
        for algorithm in algorithms:
            evaluate(task, algorithm, settings=settings, workers=1, files=1)
        started = time.perf_counter()
        for algorithm in algorithms:
            evaluate(task, algorithm, settings=settings, workers=WORKERS)
        return time.perf_counter() - started


def long_queue(address: str, database: Path, analysis: int, archive: Path, before: int) -> Figure:
    """Queue many trivial submissions, then see how evenly they drain."""
    people = [person(address, f"queued{i}") for i in range(PEOPLE)]
    for number in range(QUEUE):
        people[number % PEOPLE].submit(analysis, archive)
    wait_for(database, before + QUEUE)
    query = "SELECT finished_at FROM jobs_run ORDER BY finished_at"
    ends = [row[0] for row in rows(database, query)][-(QUEUE // 2) :]
    parts = spans(ends, 100)
    growth = parts[-1] / parts[0]
    return (
        f"{QUEUE} queued submissions: last 100 / first 100 after the queue was full",
        f"{growth:.2f} ({parts[0] / 100:.3f} s each, then {parts[-1] / 100:.3f} s; wanted ≤ 1.3)",
        growth <= 1.3,
    )


def spans(moments: Sequence[object], size: int) -> list[float]:
    """How long each so many in a row took."""
    return [
        seconds(moments[start + size - 1], moments[start])
        for start in range(0, len(moments) - size + 1, size)
    ]


def main() -> None:
    """Measure and print every figure of the hub."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        package = build_task("time-shift-detection", folder)
        cache = Settings.from_environment().cache_dir
        figures = [throughput(folder / "examples", cache, package)]
        script = ROOT / "examples" / "script_package"
        trivial = zipped(script / "algorithm", folder)
        (folder / "queue").mkdir()
        with hub_with(cache, folder / "queue") as (address, database):
            analysis = publish(person(address, "olivia"), zipped(script / "analysis", folder))
            figures.append(beginning(address, database, analysis, trivial))
            figures.append(long_queue(address, database, analysis, trivial, before=7))
    for what, measured, holds in figures:
        print(f"{what}: {measured}: {'holds' if holds else 'DOES NOT HOLD'}")
    boards = processes.holds(processes.python(ROOT / "benchmarks" / "hub_boards.py"))
    sys.exit(0 if all(holds for *_, holds in figures) and boards else 1)


if __name__ == "__main__":
    main()
