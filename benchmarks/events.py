"""Streams of events: how many `valhub events` holds on one core, and what they cost other requests.

One process serves, bound to one core; this one plays its clients, and a thread writes events. The
requests for events as JSON are timed without streams and beside them, in one run. Exit code 1 when
a figure does not hold.

    python benchmarks/events.py [STREAMS]
"""

import asyncio
import os
import random
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import processes

STREAMS = int(sys.argv[1]) if len(sys.argv) > 1 else 500
PEOPLE = 20
REQUESTS_PER_S = 50
EVENTS_PER_S = 25
SECONDS = 20
HOST = "127.0.0.1"
READY_S = 60.0
PATH = "/api/v1/submissions/{}/events"

Figure = tuple[str, str, bool]


@dataclass
class Followed:
    """A submission, who reads it, and when each of its events arrived."""

    pk: str
    token: str
    arrived: dict[int, float] = field(default_factory=dict)
    broke: bool = False


def prepare() -> list[Followed]:
    """Make people with tokens, and submissions of theirs that go on."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from valhub.accounts.models import Account
    from valhub.accounts.services.tokens import make_token
    from valhub.analyses.models import Analysis
    from valhub.jobs.models import Status, Submission

    people = [
        Account.objects.create(username=f"p{number}", email=f"p{number}@example.org")
        for number in range(PEOPLE)
    ]
    tokens = [make_token(one, name="bench", scopes=())[1] for one in people]
    analysis = Analysis.objects.create(analysis_name="Bench", creator=people[0])
    made = Submission.objects.bulk_create(
        Submission(
            analysis=analysis,
            created_by=people[number % PEOPLE],
            status=Status.RUNNING,
            algorithm="a.zip",
        )
        for number in range(STREAMS)
    )
    return [Followed(str(one.pk), tokens[i % PEOPLE]) for i, one in enumerate(made)]


@contextmanager
def server(core: int) -> Iterator[tuple[int, int]]:
    """`valhub events` on one core; gives its port and its process."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    command = processes.python("-P", "-m", "valhub.server", "events", f"--port={port}")
    environment = processes.environment_with(
        VALHUB_EVENT_STREAMS=str(2 * STREAMS), VALHUB_LOG_LEVEL="WARNING"
    )
    with processes.running(command, environment=environment) as process:
        os.sched_setaffinity(process.pid, {core})
        deadline = time.monotonic() + READY_S
        while True:
            try:
                socket.create_connection((HOST, port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, "The server does not listen."
                time.sleep(0.1)
        for thread in Path(f"/proc/{process.pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {core})
        yield port, process.pid


def head(one: Followed, accept: str, *more: str) -> bytes:
    """Write a request for a submission's events."""
    lines = [
        f"GET {PATH.format(one.pk)} HTTP/1.1",
        f"Host: {HOST}",
        f"Authorization: Bearer {one.token}",
        f"Accept: {accept}",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


async def follow(port: int, one: Followed, opened: asyncio.Semaphore) -> None:
    """Read a stream until it is cancelled or breaks."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(head(one, "text/event-stream"))
        status = await reader.readline()
        assert b" 200 " in status, status
        await reader.readuntil(b"retry: ")
        opened.release()
        while line := await reader.readline():
            if line.startswith(b"id: "):
                one.arrived.setdefault(int(line[4:]), time.time())
        one.broke = True
    finally:
        writer.close()


async def ask(port: int, one: Followed) -> float:
    """Ask for the events as JSON; gives how many seconds that took."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(
            head(one, "application/json").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        )
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 200"), answer[:100]
    finally:
        writer.close()
    return time.perf_counter() - began


async def ask_often(port: int, those: Sequence[Followed], seconds: int) -> list[float]:
    """Ask so many times a second, whether the answers come or not."""
    chance, began = random.Random(1), time.monotonic()  # noqa: S311 - no secret
    asked = []
    for number in range(REQUESTS_PER_S * seconds):
        await asyncio.sleep(max(0.0, began + number / REQUESTS_PER_S - time.monotonic()))
        asked.append(asyncio.create_task(ask(port, chance.choice(those))))
    return await asyncio.gather(*asked)


def write_events(those: Sequence[Followed], stop: threading.Event, written: list[float]) -> None:
    """Record events of submissions in turn; each is named for when it was recorded."""
    from django.db import connection

    from valhub.jobs.services.events import record_event

    for number in range(10**9):
        if stop.wait(1 / EVENTS_PER_S):
            break
        record_event(those[number % len(those)].pk, "note", reason="bench")  # type: ignore[arg-type]
        written.append(time.time())
    connection.close()


def processor_s(pid: int) -> float:
    """Processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_bytes(pid: int) -> int:
    """Memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@dataclass
class Measured:
    """What a run found."""

    alone: list[float]
    beside: list[float]
    delays: list[float]
    written: int
    processor: float
    memory_per_stream: float


async def measure(port: int, pid: int, those: Sequence[Followed]) -> Measured:
    """Ask without streams and with them."""
    await ask_often(port, those, 2)
    alone = await ask_often(port, those, SECONDS // 2)
    empty, opened = memory_bytes(pid), asyncio.Semaphore(0)
    streams = [asyncio.create_task(follow(port, one, opened)) for one in those]
    for _ in those:
        await asyncio.wait_for(opened.acquire(), READY_S)
    full = memory_bytes(pid)
    stop, written = threading.Event(), list[float]()
    writer = threading.Thread(target=write_events, args=(those, stop, written))
    writer.start()
    used, began = processor_s(pid), time.monotonic()
    beside = await ask_often(port, those, SECONDS)
    used, took = processor_s(pid) - used, time.monotonic() - began
    stop.set()
    await asyncio.to_thread(writer.join)
    await asyncio.sleep(2.0)
    delays = []
    for index, one in enumerate(those):
        times = written[index :: len(those)]
        delays += [
            one.arrived[number] - at for number, at in enumerate(times, 1) if number in one.arrived
        ]
    for task in streams:
        task.cancel()
    await asyncio.gather(*streams, return_exceptions=True)
    return Measured(alone, beside, delays, len(written), used / took, (full - empty) / len(those))


def figures(found: Measured, those: Sequence[Followed]) -> Iterator[Figure]:
    """Say what came out."""
    broken = sum(one.broke for one in those)
    yield "streams held on one core", f"{len(those) - broken} of {len(those)}", broken == 0
    yield (
        "events that arrived",
        f"{len(found.delays)} of {found.written}",
        len(found.delays) == found.written > 0,
    )
    wanted = REQUESTS_PER_S * SECONDS
    yield "requests answered beside them", f"{len(found.beside)} of {wanted}", True
    quantile = statistics.quantiles(found.delays, n=100)
    yield (
        "recorded to received",
        f"median {quantile[49]:.2f} s, 99 % within {quantile[98]:.2f} s",
        quantile[98] <= 1.0,
    )
    yield "share of the core", f"{found.processor:.0%} (wanted ≤ 90 %)", found.processor <= 0.9
    alone, beside = (statistics.median(one) for one in (found.alone, found.beside))
    tails = [statistics.quantiles(one, n=100)[98] for one in (found.alone, found.beside)]
    medians = f"median {1000 * beside:.0f} ms and {1000 * alone:.0f} ms"
    slowest = f"99 % within {1000 * tails[1]:.0f} ms and {1000 * tails[0]:.0f} ms"
    yield (
        "a request beside the streams, and without",
        f"{medians}, a ratio of {beside / alone:.1f}; {slowest}",
        beside / alone <= 3.0,
    )
    kilobytes = found.memory_per_stream / 1024
    yield "memory for a stream", f"{kilobytes:.0f} KiB (wanted ≤ 256)", kilobytes <= 256


def main() -> int:
    """Measure, and print the figures."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="valhub-bench-") as folder:
        os.environ |= {"VALHUB_DATA": folder, "DJANGO_SETTINGS_MODULE": "valhub.settings"}
        those = prepare()
        with server(cores[-1]) as (port, pid):
            os.sched_setaffinity(0, set(cores[:-1]) or {cores[0]})
            found = asyncio.run(measure(port, pid, those))
    holds = True
    for name, text, held in figures(found, those):
        print(f"{'ok  ' if held else 'FAIL'} {name}: {text}")
        holds = holds and held
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
