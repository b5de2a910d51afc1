"""What a hub takes: memory of each kind of process, and disk space for each submission.

A real hub evaluates the example algorithms on the first-party task. Memory is the proportional
share (PSS): what a process adds to the others. Neither depends on how busy the machine is.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import hub as bench
from valhub.client.local_hub import LocalHub, running_hub
from valhub.client.tasks import build_task
from valhub.evaluation.execution.environments.disk_use import store_bytes
from valhub.evaluation.wording import memory

SUBMISSIONS = 30
# What stands in the command of each kind of process.
KINDS = {"gunicorn": "web", "server worker": "worker", "server sweep": "sweeper", "server up": "up"}


def processes_of(supervisor: int) -> Iterator[tuple[str, int]]:
    """The kind and the number of each of a hub's own processes, what they run left out."""
    command = Path(f"/proc/{supervisor}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    kind = next((kind for words, kind in KINDS.items() if words in command), None)
    if kind:
        yield kind, supervisor
        for child in Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split():
            yield from processes_of(int(child))


def share_bytes(process: int) -> int:
    """The memory of a process, what it shares with others in equal parts."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def report_memory(running: LocalHub) -> None:
    """Print the memory of each kind of process."""
    found = defaultdict(list)
    for kind, process in processes_of(running.process.pid):
        found[kind].append(share_bytes(process))
    for kind, sizes in sorted(found.items()):
        shown = ", ".join(memory(size) for size in sorted(sizes))
        print(f"memory of {kind}: {shown}")


def database_bytes(database: Path) -> int:
    """The size of the database without what its log repeats."""
    [(pages,)] = bench.rows(database, "PRAGMA page_count")
    [(size,)] = bench.rows(database, "PRAGMA page_size")
    return int(str(pages)) * int(str(size))


def report_disk(running: LocalHub, package: Path, archive: Path) -> None:
    """Submit, and print what that took."""
    data = running.log.with_suffix("")
    database, author = data / "hub.sqlite3", bench.person(running.address, "ada")
    analysis = bench.publish(author, package)
    author.submit(analysis, archive)
    bench.wait_for(database, 1)
    rows, files = database_bytes(database), store_bytes(data / "files")
    for _ in range(SUBMISSIONS):
        author.submit(analysis, archive)
    bench.wait_for(database, SUBMISSIONS + 1)
    [(results,)] = bench.rows(database, "SELECT count(*) FROM jobs_fileresult")
    each = int(str(results)) // (SUBMISSIONS + 1)
    grown = (database_bytes(database) - rows) / SUBMISSIONS
    stored = (store_bytes(data / "files") - files) / SUBMISSIONS
    print(f"files of a submission: {each}")
    print(f"database, a submission: {memory(grown)}; a file of it: {memory(grown / each)}")
    print(f"stored, a submission: {memory(stored)} (archive {memory(archive.stat().st_size)})")
    cache = data / "cache"
    prepared = sum(store_bytes(cache / name) for name in ("data", "packages"))
    print(f"cache, the package: {memory(prepared)} (archive {memory(package.stat().st_size)})")
    print(f"cache, an environment: {memory(store_bytes(cache / 'environments'))}")


def main() -> None:
    """Run the hub and print what it took."""
    with tempfile.TemporaryDirectory(prefix="valhub-space-") as name:
        folder = Path(name)
        package = build_task("time-shift-detection", folder)
        archive = bench.zipped(bench.ROOT / "examples/solar_noon", folder)
        with running_hub(folder / "hub", workers=2, environment=bench.ROOMY) as running:
            report_disk(running, package, archive)
            report_memory(running)


if __name__ == "__main__":
    main()
