"""The worker: takes preparations and shards from the database, one at a time, and does them.

`loop` is its life, `lease` keeps what it holds, `bench` is the sandbox it works with, `preparing`
and `evaluating` are the two things it does.
"""

from valhub.jobs.worker.loop import run_worker

__all__ = ["run_worker"]
