"""Where a hub may be at work: on which database, and with which broker, if any."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services.brokers import Broker, running_broker
from services.mariadb import MariaDB, mariadb_server
from services.postgresql import PostgreSQL, postgresql_server

_SERVERS = {"postgresql": postgresql_server, "mariadb": mariadb_server}


@dataclass(frozen=True)
class Site:
    """A database and a broker.

    Attributes
    ----------
    queue : mapping of str to str
        What tells a hub of the broker.
    outages : list of callables
        What may happen to it, each of which takes until it is over.
    """

    database_url: str
    queue: Mapping[str, str] = field(default_factory=dict)
    outages: list[Callable[[], None]] = field(default_factory=list)


@contextmanager
def running_site(folder: Path, database: str, kind: str) -> Iterator[Site]:
    """Start the servers of a site; they end with the block.

    Parameters
    ----------
    folder : Path
        Where servers keep their files, and a hub, in `data`, its own.
    database : str
        sqlite, postgresql or mariadb.
    kind : str
        rabbitmq, redis, sqs, or embedded for a hub without a broker.
    """
    outages: list[Callable[[], None]] = []
    queue: dict[str, str] = {}
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'data' / 'hub.sqlite3'}"
        if database in _SERVERS:
            server = stack.enter_context(_SERVERS[database](folder))
            url = server.url
            outages.append(lambda: _restart(server))
        if kind != "embedded":
            broker = stack.enter_context(running_broker(kind))
            queue["VALHUB_QUEUE"] = broker.url
            outages += _outages_of(broker)
        yield Site(url, queue, outages)


def _restart(server: PostgreSQL | MariaDB) -> None:
    server.die()
    server.start()


def _outages_of(broker: Broker) -> list[Callable[[], None]]:
    """Everything queued is lost; and the broker is killed and started again, where it can be."""
    # A fresh hub numbers its analyses from one.
    outages = [lambda: broker.lose("valhub-analysis-1")]
    server = broker.server
    if server is not None:

        def restart() -> None:
            server.stop()
            server.start()

        outages.append(restart)
    return outages
