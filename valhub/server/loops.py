"""Workers, builders and the sweeper as processes: signals in, the loops of `valhub.jobs` inside."""

import os
from collections.abc import Collection

from valhub.jobs.builder import run_builder
from valhub.jobs.scaler import scaling
from valhub.jobs.sweeper import run_sweeper, sweep_once
from valhub.jobs.worker import run_worker
from valhub.observing.starts import log_start
from valhub.server.builders import builders
from valhub.server.data_folder import require_cache
from valhub.server.database import require_database
from valhub.server.instance_worker import work_on_instance
from valhub.server.lifeline import end_with_supervisor
from valhub.server.stopping import stop_on_signals

# How long a stopping process may take to give back what it holds.
GRACE_S = 15
_NICENESS = 10


def work(*, analyses: Collection[int] | None = None, idle_exit_s: float | None = None) -> None:
    """Run shards until stopped, or until idle for long enough; give unfinished ones back.

    Parameters
    ----------
    analyses : collection of int, optional
        Keys of the only analyses to work for; default: all.
    idle_exit_s : float, optional
        How long a worker without work stays; default: for ever.
    """
    end_with_supervisor()
    require_database()
    require_cache()
    log_start("worker")
    stop = stop_on_signals(grace_s=GRACE_S)
    with builders(stop):
        run_worker(stop, analyses=analyses, idle_exit_s=idle_exit_s)


def work_for_the_tag(*, idle_exit_s: float | None = None) -> None:
    """Do the same on an EC2 instance, for the analysis in its tag; raises `InstanceUnknown`."""
    end_with_supervisor()
    require_database()
    require_cache()
    log_start("worker")
    stop = stop_on_signals(grace_s=GRACE_S)
    with builders(stop):
        work_on_instance(stop, idle_exit_s=idle_exit_s)


def build(*, idle_exit_s: float | None = None) -> None:
    """Make environments until stopped, or until there is none to make for long enough."""
    end_with_supervisor()
    # Runs are timed: what makes environments beside them uses the processors that they leave.
    os.nice(_NICENESS)
    require_database()
    require_cache()
    log_start("builder")
    run_builder(stop_on_signals(grace_s=GRACE_S), idle_exit_s=idle_exit_s)


def sweep(*, once: bool) -> None:
    """Sweep until stopped, or once."""
    end_with_supervisor()
    require_database()
    log_start("sweeper")
    if once:
        sweep_once()
    else:
        stop = stop_on_signals(grace_s=GRACE_S)
        with scaling(stop):
            run_sweeper(stop)
