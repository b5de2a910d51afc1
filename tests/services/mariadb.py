"""A private MariaDB server for as long as a block runs."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pymysql

from services.processes import ServerProcess, free_port, never_as_root, program

PACKAGE = "mariadb-server"
# Characters, comparison and time zone as servers have them that nobody set up: the hub must not
# depend on a better choice.
CARELESS = [
    "--character-set-server=latin1",
    "--collation-server=latin1_swedish_ci",
    "--default-time-zone=-07:00",
]
# What is not written through is lost in a power cut only, never when the server is killed.
FAST = ["--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=128M"]


@dataclass(frozen=True)
class MariaDB:
    """A running server; its database is empty at first."""

    url: str
    process: ServerProcess

    def die(self) -> None:
        """End at once."""
        self.process.stop(signal.SIGKILL)

    def start(self) -> None:
        """Start again on what is on disk."""
        self.process.start()


@contextmanager
def mariadb_server(folder: Path) -> Iterator[MariaDB]:
    """Run a server with its files in a folder; it can be killed and started again.

    Its only account, root, needs no password, and only this machine reaches it.
    """
    data, port = folder / "mariadb", free_port()
    folder.mkdir(parents=True, exist_ok=True)
    install = [program("mariadb-install-db", PACKAGE), "--no-defaults", f"--datadir={data}"]
    install += ["--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(never_as_root(install), check=True, stdout=subprocess.DEVNULL, cwd=folder)
    command = [program("mariadbd", PACKAGE), "--no-defaults", f"--datadir={data}"]
    command += ["--bind-address=127.0.0.1", f"--port={port}", *CARELESS, *FAST]
    # Paths of sockets may not be long; this one begins in the folder of the data.
    command += ["--socket=mariadb.sock", "--pid-file=mariadb.pid"]
    log = folder / "mariadb.log"
    process = ServerProcess(never_as_root(command), log, lambda: _answers(port))
    try:
        process.start()
        with pymysql.connect(host="127.0.0.1", port=port, user="root") as connection:
            connection.cursor().execute("CREATE DATABASE hub")
        yield MariaDB(f"mysql://root@127.0.0.1:{port}/hub", process)
    finally:
        process.stop()


@contextmanager
def running_mariadb(folder: Path) -> Iterator[str]:
    """Run a server with its files in a folder; gives the DATABASE_URL."""
    with mariadb_server(folder) as server:
        yield server.url


def _answers(port: int) -> bool:
    try:
        pymysql.connect(host="127.0.0.1", port=port, user="root", connect_timeout=60).close()
    except pymysql.OperationalError:
        return False
    return True
