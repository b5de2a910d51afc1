"""One analysis: its leaderboard, and what is submitted to it."""

from pathlib import Path

from valhub.client.hubs.archiving import packed
from valhub.client.hubs.asking import (
    download,
    get_document,
    get_pages,
    get_records,
    send_form,
)
from valhub.client.hubs.connections import AsyncConnection, Connection
from valhub.client.hubs.contracts import Contract
from valhub.client.hubs.operations import Awaited, Waiting, operation
from valhub.client.hubs.reading import read_record
from valhub.client.hubs.records import (
    AnalysisDetails,
    BoardPage,
    Entry,
    SubmissionDetails,
    SubmissionLine,
)
from valhub.client.hubs.steps import Steps
from valhub.client.hubs.submissions import AsyncSubmission, Submission
from valhub.client.hubs.tables import Board, Rows, html_table


class AnalysisOperations:
    """What can be done with an analysis.

    Attributes
    ----------
    details : AnalysisDetails
        What the hub reported of it.
    """

    details: AnalysisDetails
    _hub: str

    @property
    def id(self) -> int:
        """Its number."""
        return self.details.id

    def __repr__(self) -> str:
        return f"<analysis {self.id}: {self.details.name}>"

    def _repr_html_(self) -> str:
        return html_table([self.details.row()], f"analysis {self.id}")

    @operation
    def leaderboard(
        self, *, column: str | None = None, version: int | None = None, limit: int | None = None
    ) -> Steps[Board]:
        """Read its leaderboard, the best first: all of it, or as many entries as you say."""
        query = {"column": column, "version": version}
        pages = yield from get_pages(
            self._hub, BoardPage, f"{self._path}/leaderboard", query, limit=limit
        )
        first, entries = pages[0], [read_record(Entry, one) for page in pages for one in page.items]
        return Board(entries, columns=first.columns, remark=first.remark, total=first.total)

    @operation
    def contract(self) -> Steps[Contract]:
        """Show what it asks of algorithms."""
        return read_record(Contract, (yield from get_document(self._hub, f"{self._path}/contract")))

    @operation
    def save_data(self, path: str | Path) -> Steps[Path]:
        """Store its public files as a package, on which an algorithm can be tried."""
        return (yield from download(self._hub, f"{self._path}/starter.zip", Path(path)))

    @operation
    def submissions(
        self,
        *,
        status: str | None = None,
        archived: bool | None = None,
        limit: int | None = None,
    ) -> Steps[Rows[SubmissionLine]]:
        """List what was submitted to it, the newest first: your own, or all if it is yours."""
        query = {"status": status, "archived": archived}
        path = f"{self._path}/submissions"
        found = yield from get_records(self._hub, SubmissionLine, path, query, limit=limit)
        return Rows(found, "submission")

    @property
    def _path(self) -> str:
        return f"/analyses/{self.id}"

    def _submit(self, algorithm: str | Path, display_name: str) -> Steps[SubmissionDetails]:
        fields = {"display_name": display_name} if display_name else {}
        with packed(Path(algorithm)) as archive:
            document = yield from send_form(
                self._hub, f"{self._path}/submissions", fields=fields, files={"algorithm": archive}
            )
        return read_record(SubmissionDetails, document)


class Analysis(AnalysisOperations, Waiting):
    """An analysis; its methods wait."""

    def __init__(self, connection: Connection, details: AnalysisDetails) -> None:
        self.connection, self.details, self._hub = connection, details, connection.hub

    def submit(self, algorithm: str | Path, *, display_name: str = "") -> Submission:
        """Submit an algorithm: a .zip, or a folder that is packed into one."""
        details = self.connection.run(self._submit(algorithm, display_name))
        return Submission(self.connection, details)


class AsyncAnalysis(AnalysisOperations, Awaited):
    """An analysis; its methods are awaited."""

    def __init__(self, connection: AsyncConnection, details: AnalysisDetails) -> None:
        self.connection, self.details, self._hub = connection, details, connection.hub

    async def submit(self, algorithm: str | Path, *, display_name: str = "") -> AsyncSubmission:
        """Submit an algorithm: a .zip, or a folder that is packed into one."""
        details = await self.connection.run(self._submit(algorithm, display_name))
        return AsyncSubmission(self.connection, details)
