"""The worker and the sweeper as processes: signals in, the loops of `valhub.jobs` inside."""

from valhub.jobs.sweeper import run_sweeper, sweep_once
from valhub.jobs.worker import run_worker
from valhub.server.database import require_database
from valhub.server.lifeline import end_with_supervisor
from valhub.server.stopping import stop_on_signals

# How long a stopping process may take to give back what it holds.
GRACE_S = 15


def work() -> None:
    """Take shards until told to stop; give back those in hand."""
    end_with_supervisor()
    require_database()
    run_worker(stop_on_signals(grace_s=GRACE_S))


def sweep(*, once: bool) -> None:
    """Sweep until told to stop, or once."""
    end_with_supervisor()
    require_database()
    if once:
        sweep_once()
    else:
        run_sweeper(stop_on_signals(grace_s=GRACE_S))
