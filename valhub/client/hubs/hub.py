"""A hub, as one account sees it: the way in to its analyses and submissions."""

from types import TracebackType
from typing import Self
from urllib.parse import quote

from valhub.client.hubs.addresses import hub_address
from valhub.client.hubs.analyses import Analysis, AsyncAnalysis
from valhub.client.hubs.asking import get_document, get_records
from valhub.client.hubs.connections import ANSWER_S, AsyncConnection, Connection
from valhub.client.hubs.finding import find_analysis
from valhub.client.hubs.operations import Awaited, Waiting, operation
from valhub.client.hubs.reading import read_record
from valhub.client.hubs.records import Account, AnalysisLine, SubmissionDetails, SubmissionLine
from valhub.client.hubs.steps import Steps
from valhub.client.hubs.submissions import AsyncSubmission, Submission
from valhub.client.hubs.tables import Rows


class HubOperations:
    """What can be done with a hub.

    Attributes
    ----------
    address : str
    """

    address: str

    def __repr__(self) -> str:
        return f"<hub {self.address}>"

    @operation
    def me(self) -> Steps[Account]:
        """Show the account whose token it is."""
        return read_record(Account, (yield from get_document(self.address, "/accounts/me")))

    @operation
    def analyses(
        self,
        *,
        text: str | None = None,
        state: str | None = None,
        kind: str | None = None,
        limit: int | None = None,
    ) -> Steps[Rows[AnalysisLine]]:
        """List the analyses that you may see, the newest first."""
        query = {"text": text, "state": state, "kind": kind}
        found = yield from get_records(self.address, AnalysisLine, "/analyses", query, limit=limit)
        return Rows(found, "analysis")

    @operation
    def submissions(
        self,
        *,
        analysis: int | None = None,
        status: str | None = None,
        archived: bool = False,
        limit: int | None = None,
    ) -> Steps[Rows[SubmissionLine]]:
        """List your submissions, the newest first."""
        query = {"analysis": analysis, "status": status, "archived": archived}
        found = yield from get_records(
            self.address, SubmissionLine, "/submissions", query, limit=limit
        )
        return Rows(found, "submission")

    def _submission(self, submission_id: str) -> Steps[SubmissionDetails]:
        path = f"/submissions/{quote(submission_id, safe='')}"
        document = yield from get_document(self.address, path)
        return read_record(SubmissionDetails, document)


class Hub(HubOperations, Waiting):
    """A hub; its methods wait.

    Parameters
    ----------
    url : str
        Its address, such as `https://hub.example`.
    token : str, optional
        Without one you see what everybody does.
    timeout_s : float
        How long the hub may leave a request without an answer.
    """

    def __init__(self, url: str, token: str | None = None, *, timeout_s: float = ANSWER_S) -> None:
        self.address = hub_address(url)
        self.connection = Connection(self.address, token, timeout_s=timeout_s)

    def analysis(self, name: int | str) -> Analysis:
        """Find an analysis by its number or its name."""
        return Analysis(self.connection, self.connection.run(find_analysis(self.address, name)))

    def submission(self, submission_id: str) -> Submission:
        """Find a submission."""
        details = self.connection.run(self._submission(submission_id))
        return Submission(self.connection, details)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()


class AsyncHub(HubOperations, Awaited):
    """A hub; its methods are awaited. It takes what `Hub` takes."""

    def __init__(self, url: str, token: str | None = None, *, timeout_s: float = ANSWER_S) -> None:
        self.address = hub_address(url)
        self.connection = AsyncConnection(self.address, token, timeout_s=timeout_s)

    async def analysis(self, name: int | str) -> AsyncAnalysis:
        """Find an analysis by its number or its name."""
        details = await self.connection.run(find_analysis(self.address, name))
        return AsyncAnalysis(self.connection, details)

    async def submission(self, submission_id: str) -> AsyncSubmission:
        """Find a submission."""
        details = await self.connection.run(self._submission(submission_id))
        return AsyncSubmission(self.connection, details)

    async def close(self) -> None:
        """Close the connection."""
        await self.connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        await self.close()
