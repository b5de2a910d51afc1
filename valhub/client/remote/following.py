"""Shows a submission while it runs: a live bar on a terminal, a line now and then elsewhere."""

import time
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as TimeLeftColumn

from valhub.client.hubs.records import SubmissionDetails
from valhub.client.terminal import open_console
from valhub.evaluation.wording import count
from valhub.texts import visible

QUIET_S = 10.0


class LiveBar:
    """A bar with files done, failures and time left, redrawn in place."""

    def __init__(self, console: Console) -> None:
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
        self._task = self._progress.add_task("Submitted", total=None, failures="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._progress.stop()

    def __call__(self, now: SubmissionDetails) -> None:
        """Show what the hub reported."""
        self._progress.update(self._task, description=visible(_state(now)))
        if now.progress is not None and now.progress.files:
            failed = now.progress.failed
            self._progress.update(
                self._task,
                completed=now.progress.done,
                total=now.progress.files,
                failures=count(failed, "failure") if failed else "no failures",
            )


class PlainLines:
    """A line for each change of state, and every few seconds one for files; for pipes and CI."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said = ""
        self._spoke = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        return

    def __call__(self, now: SubmissionDetails) -> None:
        """Show what the hub reported."""
        state = _state(now)
        if state != self._said or time.monotonic() - self._spoke >= QUIET_S:
            self._said, self._spoke = state, time.monotonic()
            self._console.print(f"{state}{_files(now)}")


def follow_on() -> LiveBar | PlainLines:
    """Choose what suits standard error: standard output is the result's alone."""
    console = open_console(stderr=True)
    return LiveBar(console) if console.is_terminal else PlainLines(console)


def _state(now: SubmissionDetails) -> str:
    return f"{now.status}: {now.reason}" if now.reason else now.status


def _files(now: SubmissionDetails) -> str:
    one = now.progress
    return f", {one.done} of {count(one.files, 'file')} done" if one and one.files else ""
