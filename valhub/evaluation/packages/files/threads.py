"""Threads for what needs no lock of the interpreter: unpacking, hashing, and reading files."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


class Threads(ThreadPoolExecutor):
    """Threads that end with the block they are used in.

    A thread that cannot start is a lack of memory, as this process' limit has it.
    """

    def submit(self, do: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a thread do something; raises `MemoryError` when it cannot start."""
        try:
            return super().submit(do, *args, **kwargs)
        except RuntimeError as error:
            raise MemoryError("no thread can start") from error
