"""Shows a submission while it runs: a live bar on a terminal, a line now and then elsewhere."""

import time
from typing import Self

from rich.console import Console

from valhub.client.file_bar import QUIET_S, FileBar
from valhub.client.hubs.records import SubmissionDetails
from valhub.client.terminal import open_console
from valhub.evaluation.wording import count


class LiveBar(FileBar):
    """A bar that follows what the hub reports."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, "Submitted")

    def __call__(self, now: SubmissionDetails) -> None:
        """Show what the hub reported."""
        self.describe(_state(now))
        one = now.progress
        if one is not None and one.files:
            self.count(done=one.done, files=one.files, failed=one.failed)


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
