"""Shows a run while it goes on: a live bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as TimeLeftColumn

from valhub.evaluation.events import Event, FileDone, Notice, Preparing, Started
from valhub.evaluation.results import Verdict
from valhub.evaluation.wording import count, duration
from valhub.texts import visible

QUIET_S = 10.0


class LiveBar:
    """A bar with files done, failures and time left, redrawn in place."""

    def __init__(self, console: Console) -> None:
        self._failures = 0
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[failures]}", markup=False),
            TimeElapsedColumn(),
            TimeLeftColumn(elapsed_when_finished=False),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("Opening", total=None, failures="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        """Take in one event of the run."""
        match event:
            case Preparing(what):
                self._progress.update(self._task, description=visible(what))
            case Notice(what):
                self._progress.console.print(visible(what))
            case Started(files):
                self._progress.update(self._task, description="Running", total=files)
            case FileDone(result, done, total):
                self._failures += result.verdict is not Verdict.SCORED
                words = count(self._failures, "failure") if self._failures else "no failures"
                self._progress.update(self._task, completed=done, total=total, failures=words)


class PlainLines:
    """A line every few seconds, for pipes, log files and CI."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._failures = 0
        self._started = self._spoke = clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        return

    def __call__(self, event: Event) -> None:
        """Take in one event of the run."""
        match event:
            case Preparing(what) | Notice(what):
                self._say(visible(what))
            case Started(files):
                self._started = self._clock()
                self._say(f"Running {count(files, 'file')}.")
            case FileDone(result, done, total):
                self._failures += result.verdict is not Verdict.SCORED
                if done == total or self._clock() - self._spoke >= QUIET_S:
                    self._say(self._line(done, total))

    def _line(self, done: int, total: int) -> str:
        line = f"{done} of {total} files done, {count(self._failures, 'failure')}"
        if done == total:
            return line
        left = (self._clock() - self._started) / done * (total - done)
        return f"{line}, about {duration(left)} left"

    def _say(self, line: str) -> None:
        self._spoke = self._clock()
        self._console.print(line)


def progress_on(console: Console) -> LiveBar | PlainLines:
    """Choose what suits the console."""
    return LiveBar(console) if console.is_terminal else PlainLines(console)
