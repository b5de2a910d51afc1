"""The builder: makes the environments that runs wait for on its machine, one at a time.

`loop` is its life, and `building` is what it does. It is a process of its own, so that a worker
never waits for an environment, and so that what a package index sends, and what it does to memory,
is nothing to the runs that are being timed.
"""

from valhub.jobs.builder.loop import run_builder

__all__ = ["run_builder"]
