"""gunicorn's settings, which it reads from this module: a few processes with threads each.

Threads suit a hub that mostly waits for its database and for uploads. Requests are logged by the
application, which knows what must stay out of a log.
"""

import logging
import re
from typing import Protocol

from valhub.evaluation.lifeline import end_with_parent
from valhub.observing.metrics_folder import remove_count_folder, take_count_folder
from valhub.observing.starts import log_start
from valhub.server.lifeline import end_with_supervisor
from valhub.server.private_files import PRIVATE_UMASK

wsgi_app = "valhub.wsgi:application"
worker_class = "valhub.server.web_process.WebProcess"
workers = 2
threads = 16
# Seconds for requests in hand when the hub stops, longer than a request waits for a lock in the
# database (see `web_process`); for a process to show signs of life.
graceful_timeout = 30
timeout = 60
keepalive = 5
loglevel = "warning"
control_socket_disable = True
umask = PRIVATE_UMASK


class WebProcess(Protocol):
    """What is used of gunicorn's own object for one of its processes."""

    ppid: int


class WithoutQueries(logging.Filter):
    """Cuts the query, where a documented route takes a password, out of gunicorn's own lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every line pass, without what follows a question mark."""
        record.msg, record.args = re.sub(r"\?.*", "?…", record.getMessage(), flags=re.DOTALL), ()
        return True


logging.getLogger("gunicorn.error").addFilter(WithoutQueries())


def on_starting(_server: object) -> None:
    """Tie the web server to its supervisor, and give its processes a place to count in."""
    end_with_supervisor()
    take_count_folder()


def post_fork(_server: object, worker: WebProcess) -> None:
    """Tie each of its processes to the web server."""
    end_with_parent(worker.ppid)


def post_worker_init(_worker: WebProcess) -> None:
    """Log the start and show life, now that Django is set up.

    A web process that ends leaves its heartbeat: only web processes are asked for it.
    """
    log_start("web")
    # Imported late, because gunicorn reads this module before Django is set up.
    from valhub.jobs.beating import Beating
    from valhub.jobs.services.heartbeats import WEB

    Beating(WEB).start()


def on_exit(_server: object) -> None:
    """Leave nothing behind."""
    remove_count_folder()
