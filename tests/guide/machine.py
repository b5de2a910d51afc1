"""A machine for the guide: real PostgreSQL, Redis and nginx, in folders and on ports of its own.

The guide's commands run as they are written. What has to be different here stands in `replaced` and
in the few programs of `STAND_INS`; everything else is the document's.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from guide.blocks import Block
from services.nginx import running_nginx
from services.postgresql import running_postgresql
from services.processes import free_port
from services.redis import running_redis
from services.systemd import Systemd, answering

ROOT = Path(__file__).parents[2]
# The folders of the machine that the guide writes to are below a folder of the test.
FOLDERS = re.compile(
    r"(?<![\w.])/(?=(opt/valhub|etc/(valhub|systemd|nginx)|var/(lib|backups)/valhub|usr/local/sbin))"
)
THERE_ALREADY = ("opt", "etc/systemd/system", "etc/nginx/conf.d", "var/backups", "usr/local/sbin")
# These would change the machine: it has the packages, and the hub runs as whoever runs the test.
STAND_INS = {
    "apt-get": "exit 0",
    "useradd": "exit 0",
    # runuser -u NAME -- COMMAND: PostgreSQL knows a person by this name, where a socket would tell.
    "runuser": 'export PGUSER="$2"; shift 3; exec "$@"',
    "python3": f'exec {sys.base_prefix}/bin/python3 "$@"',
}


@dataclass
class Machine:
    """Where the guide's blocks are run.

    Attributes
    ----------
    address : str
        The hub behind the proxy.
    running : dict
        The processes of the hub's units.
    known : dict
        What the guide cannot know: ids and times, by the ones in the document.
    """

    root: Path
    replaced: Mapping[str, str]
    environment: Mapping[str, str]
    https: int
    running: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    followed: list[str] = field(default_factory=list)
    _proxies: ExitStack = field(default_factory=ExitStack)

    @property
    def address(self) -> str:
        return f"https://localhost:{self.https}"

    @property
    def proxy_folder(self) -> Path:
        return self.root / "proxy"

    def here(self, text: str) -> str:
        """A text of the guide or of a deployed file, for this machine."""
        for there, instead in {**self.replaced, **self.known}.items():
            text = text.replace(there, instead)
        return FOLDERS.sub(f"{self.root}/", text)

    def follow(self, block: Block, release: Path = ROOT) -> str:
        """Run a block in the folder of a release, in one shell, which ends with its first failure.

        Gives what it printed.
        """
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.here(block.text)],
            env={**self.environment, "PATH": self._path()},
            cwd=release,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        assert done.returncode == 0, f"{block.text}\n{done.stdout}\n{done.stderr}"
        self.followed.append(block.opening)
        return done.stdout

    def installed_version(self) -> str:
        """The folder of the version to which `/opt/valhub` points."""
        return (self.root / "opt/valhub").resolve().name

    def running_versions(self) -> dict[str, str]:
        """The folder of the version that each unit's process runs; nothing until it has begun."""
        own = re.compile(rf"{re.escape(str(self.root))}/opt/([^/]+)/bin/python")
        begun = {
            name: own.match(Path(f"/proc/{process.pid}/cmdline").read_text())
            for name, process in self.running.items()
        }
        return {name: found[1] if found else "" for name, found in begun.items()}

    def _path(self) -> str:
        own = [self.root / "stand-ins", self.root / "usr/local/sbin"]
        return os.pathsep.join([*map(str, own), self.environment["PATH"]])

    def reload_proxy(self) -> None:
        """Start nginx with what is installed."""
        self._proxies.close()
        installed = self.root / "etc/nginx"
        [upstream] = re.findall(r"server (.*?);", (installed / "valhub-upstream.conf").read_text())
        events = ""
        # A version without streams of their own has no such file.
        if (streams := installed / "valhub-events.conf").exists():
            events, backup = re.findall(r"server (\S+?)(?: backup)?;", streams.read_text())
            assert backup == upstream
        self.proxy_folder.mkdir(exist_ok=True)
        deployed = installed / "conf.d/valhub.conf"
        proxy = running_nginx(
            self.proxy_folder, upstream, https=self.https, events=events, deployed=deployed
        )
        self._proxies.enter_context(proxy)

    def close(self) -> None:
        self._proxies.close()


@contextmanager
def new_machine(root: Path, cache: Path) -> Iterator[Machine]:
    """Run a machine on which nothing of the hub is installed yet.

    The cache is not the data folder's, so that environments that other tests made need not be made.
    """
    for name in (*THERE_ALREADY, "stand-ins", "logs"):
        (root / name).mkdir(parents=True)
    for name, text in STAND_INS.items():
        program = root / "stand-ins" / name
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    with running_postgresql(root / "postgresql") as database, running_redis() as redis:
        _belongs_to_postgres(database)
        machine = _machine(root, database, redis.url, cache)
        systemd = Systemd(
            folder=root / "etc/systemd/system",
            state=root / "var/lib",
            logs=root / "logs",
            base=machine.environment,
            here=machine.here,
            foreign={"nginx": machine.reload_proxy},
            running=machine.running,
        )
        try:
            with answering(systemd, root / "stand-ins"):
                yield machine
        finally:
            machine.close()


def _machine(root: Path, database: str, queue: str, cache: Path) -> Machine:
    web, server = free_port(), urlsplit(database)
    own = {name: text for name, text in os.environ.items() if not _is_the_tests(name)}
    environment = {**own, "PGHOST": "127.0.0.1", "PGPORT": str(server.port)}
    replaced = {
        "postgresql://valhub@%2Fvar%2Frun%2Fpostgresql/": f"postgresql://valhub@{server.netloc.split('@')[1]}/",
        "redis://127.0.0.1:6379/0": queue,
        "hub.example.org": "localhost",
        "127.0.0.1:8080": f"127.0.0.1:{web}",
        "127.0.0.1:8081": f"127.0.0.1:{free_port()}",
        "-o valhub -g valhub ": "",
    }
    return Machine(root, replaced, {**environment, "VALHUB_CACHE": str(cache)}, free_port())


def _is_the_tests(name: str) -> bool:
    return name.startswith(("VALHUB_", "DJANGO_", "PYTEST_", "PYTHON")) or name == "DATABASE_URL"


def _belongs_to_postgres(database: str) -> None:
    """Make the server as Debian has it: its superuser is `postgres`, and nobody else is there."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE ROLE changing SUPERUSER LOGIN")
    with psycopg.connect(database.replace("valhub@", "changing@"), autocommit=True) as connection:
        connection.execute("ALTER ROLE valhub RENAME TO postgres")
