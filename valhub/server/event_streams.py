"""The routes of events as an ASGI application: requests in a few threads, streams in one loop.

A request passes the same middleware and the same view as in a web server. What that answers at once
is sent from here; an answer that lasts is followed by the loop, where it needs no thread.
"""

import asyncio
import io
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.core.signals import request_finished, request_started
from django.http.response import HttpResponseBase

from valhub.api.problem_details import problem_response
from valhub.api.streams.answers import Following, LastingAnswer
from valhub.errors import NotFound

if TYPE_CHECKING:
    from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope

# Each has a connection to the database.
THREADS = 4
# A client that takes nothing for so long is given up.
TAKE_WITHIN_S = 60.0
_SERVED = re.compile(r"/livez|/readyz|/api/v1/submissions/[^/]+/events")

_log = structlog.get_logger(__name__)


class EventStreams:
    """The application that `valhub events` serves."""

    def __init__(self) -> None:
        self._handler = BaseHandler()
        self._handler.load_middleware()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")

    async def __call__(
        self, scope: "Scope", receive: "ASGIReceiveCallable", send: "ASGISendCallable"
    ) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._threads, self._respond, scope)
        with suppress(TimeoutError):  # The server closes what is not complete.
            if isinstance(answer, LastingAnswer):
                await _Conversation(answer, receive, send).hold()
            else:
                await _send_whole(answer, send)

    def _respond(self, scope: "HTTPScope") -> HttpResponseBase:
        """Have the hub answer; in a thread, as it reads the database."""
        if not _SERVED.fullmatch(scope["path"]):
            return problem_response(NotFound())
        request_started.send(sender=type(self), scope=scope)
        # The routes that are served here read no bodies.
        answer = self._handler.get_response(ASGIRequest(scope, io.BytesIO()))
        # An answer that lasts is closed by who follows it.
        request_finished.send(sender=type(self))
        return answer


class _Conversation:
    """One answer that lasts, and its client."""

    def __init__(
        self,
        answer: LastingAnswer,
        receive: "ASGIReceiveCallable",
        send: "ASGISendCallable",
    ) -> None:
        self._answer = answer
        self._following = answer.following
        self._receive, self._send = receive, send
        self._news = asyncio.Event()
        self._has_left = False

    async def hold(self) -> None:
        """Send the answer to its end, or until the client leaves."""
        self._following.follower.wake_with(self._waker())
        leaving = asyncio.create_task(self._notice_leaving())
        try:
            await _begin(self._answer, self._send)
            await self._piece(self._following.wording.begin())
            await self._go_on()
            if not self._has_left:
                await self._piece(b"", more=False)
        finally:
            leaving.cancel()
            self._following.close()

    async def _go_on(self) -> None:
        while not self._following.is_over and not self._has_left:
            self._news.clear()
            if piece := self._following.next_piece():
                await self._piece(piece)
            else:
                await self._wait(self._following)

    async def _wait(self, following: Following) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, following.silent_for())):
                await self._news.wait()

    def _waker(self) -> Any:
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with suppress(RuntimeError):  # The loop has ended, and with it every answer.
                loop.call_soon_threadsafe(self._news.set)

        return wake

    async def _notice_leaving(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._has_left = True
        self._news.set()

    async def _piece(self, body: bytes, *, more: bool = True) -> None:
        if body or not more:
            await _send_body(body, self._send, more=more)


async def _send_whole(answer: HttpResponseBase, send: "ASGISendCallable") -> None:
    await _begin(answer, send)
    parts: Iterable[bytes] = answer if answer.streaming else [answer.content]  # type: ignore[attr-defined]
    await _send_body(b"".join(parts), send, more=False)
    answer.close()


async def _begin(answer: HttpResponseBase, send: "ASGISendCallable") -> None:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.items()
    ]
    cookies = [(b"set-cookie", one.OutputString().encode()) for one in answer.cookies.values()]
    async with asyncio.timeout(TAKE_WITHIN_S):
        await send(
            {
                "type": "http.response.start",
                "status": answer.status_code,
                "headers": [*headers, *cookies],
                "trailers": False,
            }
        )


async def _send_body(body: bytes, send: "ASGISendCallable", *, more: bool) -> None:
    async with asyncio.timeout(TAKE_WITHIN_S):
        await send({"type": "http.response.body", "body": body, "more_body": more})
