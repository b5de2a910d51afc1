"""The worker: takes preparations and shards from the database, one at a time, and does them.

`loop` is its life, `heartbeat` shows that it lives, `held_lease` renews what it has claimed and
`worker_context` is what it holds open; `preparing` and `evaluating` are the two things it does.
"""

from valhub.jobs.worker.loop import run_worker

__all__ = ["run_worker"]
