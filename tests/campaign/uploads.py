"""Uploads of a soak: most of them plain, some cut off in their middle, some sent twice at once.

Each has a name of its own, by which its submissions are found whatever was answered.
"""

import io
import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import Request

from campaign.kinds import KINDS
from campaign.people import Database, persistently, signed_in
from valhub.client.hub import Hub, HubRefused, HubUnreachable

CUT, DOUBLED, PLAIN = "cut upload", "doubled upload", "upload"
# Everybody goes through all manners and kinds, in an order of their own, again and again.
MANNERS = (*[PLAIN] * 4, CUT, DOUBLED)
# Environments that are being made are the rarest of what a soak meets.
IN_TURN = (*KINDS, "own requirements")
AT_ONCE = 3  # Submissions of one person that have not ended.


@dataclass
class Upload:
    """One archive that somebody sends, and what was answered.

    Attributes
    ----------
    answered : list of str
        Identifiers of submissions that the hub has acknowledged.
    unanswered : int
        Requests that nobody answered, each of which may have arrived.
    """

    name: str
    kind: str
    manner: str
    answered: list[str] = field(default_factory=list)
    unanswered: int = 0


class _HalfBody(io.BytesIO):
    """A body that breaks off in its middle, and the connection with it."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._left = len(content) // 2

    def read(self, size: int | None = -1, /) -> bytes:
        if not self._left:
            raise ConnectionAbortedError("The upload is cut off.")
        content = super().read(min(self._left, 8192))
        self._left -= len(content)
        return content


class CuttingHub(Hub):
    """A hub to which every body is cut off in its middle; signing in is another's."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub.address)
        self.account_id, self._opener = hub.account_id, hub._opener

    def _send(self, request: Request) -> object:
        assert request.data is not None
        content = request.data.read()  # type: ignore[union-attr]
        request.data = _HalfBody(content)
        # Without it the body would be sent in chunks, and the hub would not begin to read it.
        request.add_header("Content-Length", str(len(content)))
        return super()._send(request)


@dataclass
class Sender:
    """Somebody with an account who sends one archive after another."""

    name: str
    address: str
    analyses: Mapping[str, int]
    folder: Path
    rows: Database
    seed: int
    chance: random.Random
    sent: list[Upload] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._hub = persistently(lambda: signed_in(self.address, self.name))

    def send_until(self, over: threading.Event) -> None:
        kinds, manners = self._shuffled(IN_TURN), self._shuffled(MANNERS)
        while not over.wait(0.1):
            if self._going_on() < AT_ONCE:
                self.send(next(kinds), next(manners), over)

    def _shuffled(self, all_of_them: Sequence[str]) -> Iterator[str]:
        """All of them, without end, each time in another order."""
        while True:
            yield from self.chance.sample(all_of_them, len(all_of_them))

    def send(self, kind: str, manner: str, over: threading.Event) -> None:
        """Send one archive, a plain one again and again until it has arrived."""
        upload, archive = self._pack(kind, manner)
        if manner == CUT:
            self._request(CuttingHub(self._hub), upload, archive)
        elif manner == DOUBLED:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda _: self._request(self._hub, upload, archive), range(2)))
        else:
            while not self._request(self._hub, upload, archive) and not self._has_arrived(upload):
                if over.wait(0.5):
                    return

    def send_plain(self, kind: str) -> None:
        """Send one archive while nothing happens to the hub."""
        upload, archive = self._pack(kind, PLAIN)
        assert self._request(self._hub, upload, archive)

    def _pack(self, kind: str, manner: str) -> tuple[Upload, Path]:
        number = len(self.sent)
        upload = Upload(f"{self.name}/{number}", kind, manner)
        self.sent.append(upload)
        archive = self.folder / f"{self.name}-{number}.zip"
        archive.write_bytes(KINDS[kind].archive(self.seed, self.chance.randrange(1000)))
        return upload, archive

    def _request(self, hub: Hub, upload: Upload, archive: Path) -> bool:
        analysis = self.analyses[KINDS[upload.kind].analysis]
        try:
            made = hub.submit(analysis, archive, display_name=upload.name)
        except HubRefused:
            return False
        except HubUnreachable:
            upload.unanswered += 1
            return False
        upload.answered.append(made.id)
        return True

    def _has_arrived(self, upload: Upload) -> bool:
        time.sleep(0.5)
        [[count]] = self.rows(
            "SELECT count(*) FROM jobs_submission WHERE display_name = %s", upload.name
        )
        return count > 0

    def _going_on(self) -> int:
        [[count]] = self.rows(
            "SELECT count(*) FROM jobs_submission WHERE display_name LIKE %s"
            " AND status NOT IN ('finished', 'failed', 'cancelled')",
            f"{self.name}/%",
        )
        return count


@contextmanager
def sending(senders: list[Sender]) -> Iterator[None]:
    """Let people send side by side for as long as the block runs."""
    over = threading.Event()
    with ThreadPoolExecutor(len(senders)) as pool:
        at_work = [pool.submit(sender.send_until, over) for sender in senders]
        try:
            yield
        finally:
            over.set()
        for one in at_work:
            one.result()
