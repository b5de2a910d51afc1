"""`valhub web`: the web server without a supervisor of ours, for systemd, a container or a cluster.

It starts whether or not the database is available, which `/readyz` reports: so it can be started
first, and a load balancer sends it no requests before it can serve. Until then it warns.
"""

import os
import sys

from django.conf import settings

from valhub.console import echo
from valhub.server.data_folder import require_cache, require_data
from valhub.server.database import require_database
from valhub.server.errors import StartError


def become_web_server(*, host: str, port: int) -> None:
    """Replace this process by gunicorn.

    Raises
    ------
    StartError
        A folder cannot be created or written.
    """
    require_data()
    require_cache()
    str(settings.SECRET_KEY)  # Made now, when it is missing: the start can still be refused.
    _warn_without_database()
    shown = f"[{host}]" if ":" in host else host
    echo(f"The web server listens on http://{shown}:{port}/ (Ctrl-C stops it).")
    sys.stdout.flush()
    command = ["gunicorn", "--config=python:valhub.server.web_server", f"--bind={shown}:{port}"]
    # -P: a file in the current folder must not stand in for a library.
    os.execv(sys.executable, [sys.executable, "-P", "-m", *command])  # noqa: S606


def _warn_without_database() -> None:
    """Say what the start of a worker would be refused for; here it may still be put in place."""
    try:
        require_database()
    except StartError as error:
        echo(f"Warning: {error} Until then, every page is answered with 503.", err=True)
