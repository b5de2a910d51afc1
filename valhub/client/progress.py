"""Shows a run while it goes on: a live bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable
from typing import Self

from rich.console import Console

from valhub.client.file_bar import QUIET_S, FileBar
from valhub.evaluation.events import Event, FileDone, Notice, Preparing, Started
from valhub.evaluation.results import Verdict
from valhub.evaluation.wording import count, duration
from valhub.texts import visible


class LiveBar(FileBar):
    """A bar that follows the events of a run."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, "Opening")
        self._failures = 0

    def __call__(self, event: Event) -> None:
        """Take in one event of the run."""
        match event:
            case Preparing(what):
                self.describe(what)
            case Notice(what):
                self.print(what)
            case Started(files):
                self.describe("Running")
                self.expect(files)
            case FileDone(result, done, total):
                self._failures += result.verdict is not Verdict.SCORED
                self.count(done=done, files=total, failed=self._failures)


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
