"""A private PostgreSQL server for as long as a block runs."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from services.processes import ServerProcess, free_port, never_as_root, program

PACKAGE = "postgresql"
# Sorts text as people do, not byte by byte, as hosted databases mostly are set up.
LOCALE = ["--locale-provider=icu", "--icu-locale=en-US", "--locale=C.UTF-8", "--encoding=UTF8"]
# What is not written through is lost in a power cut only, never when the server is killed.
FAST = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=64MB"]


@dataclass(frozen=True)
class PostgreSQL:
    """A running server; its database is empty at first."""

    url: str
    process: ServerProcess

    def die(self) -> None:
        """End at once, as `pg_ctl stop --mode=immediate` does."""
        self.process.stop(signal.SIGQUIT)

    def start(self) -> None:
        """Start again on what is on disk."""
        self.process.start()


@contextmanager
def postgresql_server(folder: Path) -> Iterator[PostgreSQL]:
    """Run a server with its files in a folder; it can be killed and started again.

    Its only superuser, valhub, needs no password, and only this machine reaches it.
    """
    data, port = folder / "postgresql", free_port()
    tools = _tools()
    folder.mkdir(parents=True, exist_ok=True)
    initdb = [program("initdb", PACKAGE, *tools), f"--pgdata={data}", "--username=valhub", *LOCALE]
    command = never_as_root([*initdb, "--auth=trust", "--no-sync"])
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    command = [program("postgres", PACKAGE, *tools), "-D", str(data), "-h", "127.0.0.1"]
    command += ["-p", str(port), "-c", "unix_socket_directories=", *FAST]
    url = f"postgresql://valhub@127.0.0.1:{port}/postgres"
    log = folder / "postgresql.log"
    process = ServerProcess(never_as_root(command), log, lambda: _answers(url))
    try:
        process.start()
        yield PostgreSQL(url, process)
    finally:
        process.stop(signal.SIGINT)


@contextmanager
def running_postgresql(folder: Path) -> Iterator[str]:
    """Run a server with its files in a folder; gives the DATABASE_URL."""
    with postgresql_server(folder) as server:
        yield server.url


def _tools() -> list[Path]:
    """Where Debian keeps the programs of every version, the newest first."""
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    return sorted(versions, key=lambda path: int(path.parent.name), reverse=True)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=60).close()
    except psycopg.OperationalError:
        return False
    return True
