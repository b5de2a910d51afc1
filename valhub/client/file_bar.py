"""The bar that is shown while files are scored, here or on a hub, and when plain lines are due."""

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as TimeLeftColumn

from valhub.evaluation.wording import count
from valhub.texts import visible

QUIET_S = 10.0
"""After so many seconds without a line, pipes and log files get one."""


class FileBar:
    """A bar with files done, failures and time left, redrawn in place."""

    def __init__(self, console: Console, description: str) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[failures]}", markup=False),
            TimeElapsedColumn(),
            TimeLeftColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task(description, total=None, failures="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._progress.stop()

    def describe(self, what: str) -> None:
        """Say what is going on."""
        self._progress.update(self._task, description=visible(what))

    def expect(self, files: int) -> None:
        """Say how many files there are."""
        self._progress.update(self._task, total=files)

    def count(self, *, done: int, files: int, failed: int) -> None:
        """Show how many files are done, and how many of them failed."""
        words = count(failed, "failure") if failed else "no failures"
        self._progress.update(self._task, completed=done, total=files, failures=words)

    def print(self, line: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(visible(line))
