"""One submission: followed, cancelled, run again, its results and events."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from valhub.client.hubs.asking import download, get_document, send
from valhub.client.hubs.connections import AsyncConnection, Connection
from valhub.client.hubs.operations import Awaited, Waiting, operation
from valhub.client.hubs.reading import read_record
from valhub.client.hubs.records import Event, FileResult, SubmissionDetails
from valhub.client.hubs.steps import Steps, pause
from valhub.client.hubs.tables import Rows, html_table
from valhub.errors import ValhubError

OnChange = Callable[[SubmissionDetails], object]

FIRST_POLL_S = 0.25
LONGEST_POLL_S = 3.0


class StillRunning(ValhubError):
    """The submission has not ended yet, and goes on."""

    code = "not-ended-yet"


class SubmissionOperations:
    """What can be done with a submission.

    Attributes
    ----------
    details : SubmissionDetails
        What the hub reported last.
    """

    details: SubmissionDetails
    _hub: str

    @property
    def id(self) -> str:
        """By which the hub knows it."""
        return self.details.id

    @property
    def status(self) -> str:
        """As the hub reported it last."""
        return self.details.status

    @property
    def result(self) -> dict[str, Any] | None:
        """Its scores, as far as you may see them; None before it has finished."""
        return self.details.result

    def __repr__(self) -> str:
        return f"<submission {self.id}: {self.status}>"

    def _repr_html_(self) -> str:
        return html_table([self.details.row()], f"submission {self.id}")

    @operation
    def refresh(self) -> Steps[SubmissionDetails]:
        """Ask the hub again."""
        return (yield from self._refresh())

    @operation
    def cancel(self) -> Steps[SubmissionDetails]:
        """End it early."""
        return self._took((yield from send(self._hub, "POST", f"{self._path}/cancel")))

    @operation
    def rerun(self) -> Steps[SubmissionDetails]:
        """Evaluate it once more, on the analysis' current version."""
        return self._took((yield from send(self._hub, "POST", f"{self._path}/rerun")))

    @operation
    def change(
        self, *, display_name: str | None = None, archived: bool | None = None
    ) -> Steps[SubmissionDetails]:
        """Rename it, archive it, or take it back from the archive."""
        wanted = {"display_name": display_name, "archived": archived}
        changes = {name: value for name, value in wanted.items() if value is not None}
        return self._took((yield from send(self._hub, "PATCH", self._path, changes)))

    @operation
    def files(self) -> Steps[Rows[FileResult]]:
        """List the results of its files, as far as you may see them."""
        found = yield from get_document(self._hub, f"{self._path}/files")
        return Rows((read_record(FileResult, one) for one in found["items"]), "file")

    @operation
    def events(self, *, after: int = 0) -> Steps[tuple[Rows[Event], int, bool]]:
        """List what happened since an event.

        Returns
        -------
        rows : Rows of Event
        last : int
            The number to ask on from.
        ended : bool
            Whether none will follow.
        """
        found = yield from get_document(self._hub, f"{self._path}/events", {"after": after})
        events = (read_record(Event, one) for one in found["items"])
        return Rows(events, "event"), int(found["last"]), bool(found["ended"])

    @operation
    def save_algorithm(self, path: str | Path) -> Steps[Path]:
        """Store your algorithm as you submitted it."""
        return (yield from download(self._hub, f"{self._path}/algorithm", Path(path)))

    @property
    def _path(self) -> str:
        return f"/submissions/{quote(self.id, safe='')}"

    def _refresh(self) -> Steps[SubmissionDetails]:
        return self._took((yield from get_document(self._hub, self._path)))

    def _took(self, document: object) -> SubmissionDetails:
        self.details = read_record(SubmissionDetails, document)
        return self.details

    def _until_ended(self, timeout_s: float | None, on_change: OnChange | None) -> Steps[None]:
        """Ask again and again, less often the longer nothing changes."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        wait = FIRST_POLL_S
        while True:
            before = self.details
            if on_change is not None:
                on_change(before)
            if before.has_ended:
                return
            if deadline is not None and time.monotonic() >= deadline:
                raise StillRunning(
                    f"The submission is {self.status} after {timeout_s:g} s, and goes on. "
                    f"To see how it is: valhub status {self.id}"
                )
            yield from pause(wait)
            after = yield from self._refresh()
            changed = (before.status, before.progress) != (after.status, after.progress)
            wait = FIRST_POLL_S if changed else min(wait * 1.5, LONGEST_POLL_S)


class Submission(SubmissionOperations, Waiting):
    """A submission; its methods wait."""

    def __init__(self, connection: Connection, details: SubmissionDetails) -> None:
        self.connection, self.details, self._hub = connection, details, connection.hub

    def wait(
        self, timeout_s: float | None = None, *, on_change: OnChange | None = None
    ) -> "Submission":
        """Wait until it has ended; raises `StillRunning` when that takes longer than you said."""
        self.connection.run(self._until_ended(timeout_s, on_change))
        return self


class AsyncSubmission(SubmissionOperations, Awaited):
    """A submission; its methods are awaited."""

    def __init__(self, connection: AsyncConnection, details: SubmissionDetails) -> None:
        self.connection, self.details, self._hub = connection, details, connection.hub

    async def wait(
        self, timeout_s: float | None = None, *, on_change: OnChange | None = None
    ) -> "AsyncSubmission":
        """Wait until it has ended; raises `StillRunning` when that takes longer than you said."""
        await self.connection.run(self._until_ended(timeout_s, on_change))
        return self
