"""The line that each process of the hub logs when it begins its work."""

import structlog

from valhub import __version__

_log = structlog.get_logger(__name__)


def log_start(process: str) -> None:
    """Log that a process of this kind begins, and of which version it is."""
    _log.info("process_started", process=process, version=__version__)
