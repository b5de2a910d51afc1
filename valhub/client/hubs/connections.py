"""Connections to a hub: what takes an operation's steps, waiting for each or awaiting it."""

import asyncio
import secrets
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import httpx2

from valhub import __version__
from valhub.client.hubs.steps import Answer, Ask, NoAnswer, Pause, Steps
from valhub.errors import Invalid

T = TypeVar("T")

CONNECT_S = 10.0
ANSWER_S = 60.0
# The hub reads a whole archive before it answers.
FILES_ANSWER_S = 300.0


class Connection:
    """Takes steps one after the other, and waits for each."""

    def __init__(self, hub: str, token: str | None, *, timeout_s: float = ANSWER_S) -> None:
        self.hub = hub
        self._client = httpx2.Client(**_options(hub, token, timeout_s))

    def run(self, steps: Steps[T]) -> T:
        """Take all steps of an operation; gives what it returns."""
        done: object = None
        while True:
            try:
                step = steps.send(done)
            except StopIteration as end:
                value: T = end.value
                return value
            done = self._take(step)

    def close(self) -> None:
        """Close what is open."""
        self._client.close()

    def __del__(self) -> None:
        # Nobody closes what they opened in a notebook. A token that is none leaves no client.
        if hasattr(self, "_client"):
            self._client.close()

    def _take(self, step: Ask | Pause) -> Answer | NoAnswer | None:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        try:
            with _sent(step) as options, self._client.stream(**options) as response:
                return _stored(response, step.into, response.iter_bytes())
        except (httpx2.TransportError, httpx2.DecodingError, httpx2.InvalidURL) as error:
            return NoAnswer(_reason(error))


class AsyncConnection:
    """Takes steps one after the other, and awaits each."""

    def __init__(self, hub: str, token: str | None, *, timeout_s: float = ANSWER_S) -> None:
        self.hub = hub
        self._client = httpx2.AsyncClient(**_options(hub, token, timeout_s))

    async def run(self, steps: Steps[T]) -> T:
        """Take all steps of an operation; gives what it returns."""
        done: object = None
        while True:
            try:
                step = steps.send(done)
            except StopIteration as end:
                value: T = end.value
                return value
            done = await self._take(step)

    async def close(self) -> None:
        """Close what is open."""
        await self._client.aclose()

    async def _take(self, step: Ask | Pause) -> Answer | NoAnswer | None:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        try:
            with _sent(step) as options:
                async with self._client.stream(**options) as response:
                    return await _stored_async(response, step.into)
        except (httpx2.TransportError, httpx2.DecodingError, httpx2.InvalidURL) as error:
            return NoAnswer(_reason(error))


def _options(hub: str, token: str | None, timeout_s: float) -> dict[str, Any]:
    headers = {"User-Agent": f"pv-validation-hub/{__version__}"}
    if token:
        headers["Authorization"] = f"Bearer {checked_token(token)}"
    timeout = httpx2.Timeout(timeout_s, connect=CONNECT_S)
    return {"base_url": hub, "headers": headers, "timeout": timeout}


def checked_token(text: str) -> str:
    """Give a token as it is sent; raises `Invalid` for what cannot be one."""
    token = text.strip()
    if not (token.isascii() and token.isprintable()) or " " in token or not token:
        raise Invalid(
            "This is not a token: it has spaces or characters that no token has. "
            "Copy it again; it begins with vh_.",
            field="token",
        )
    return token


@contextmanager
def _sent(request: Ask) -> Iterator[dict[str, Any]]:
    """Write a request as the library takes it, with its files open."""
    with ExitStack() as files:
        parts: dict[str, tuple[str, BinaryIO, str]] = {
            name: (path.name, files.enter_context(path.open("rb")), "application/zip")
            for name, path in request.files.items()
        }
        yield {
            "method": request.method,
            "url": request.path,
            "headers": {"Accept": request.accept},
            "params": dict(request.query) or None,
            "json": request.document,
            "data": dict(request.fields) or None,
            "files": parts or None,
            # A stored file may lie in a bucket, to which the library sends no token. Anywhere else
            # a redirection leads away from the hub.
            "follow_redirects": request.into is not None,
            **({"timeout": httpx2.Timeout(FILES_ANSWER_S, connect=CONNECT_S)} if parts else {}),
        }


def _stored(response: httpx2.Response, into: Path | None, parts: Iterator[bytes]) -> Answer:
    if into is None or not _is_file(response):
        return _answer(response, b"".join(parts))
    with _whole_file(into) as file:
        for part in parts:
            file.write(part)
    return _answer(response)


async def _stored_async(response: httpx2.Response, into: Path | None) -> Answer:
    parts: AsyncIterator[bytes] = response.aiter_bytes()
    if into is None or not _is_file(response):
        return _answer(response, b"".join([part async for part in parts]))
    with _whole_file(into) as file:
        async for part in parts:
            file.write(part)
    return _answer(response)


def _is_file(response: httpx2.Response) -> bool:
    """Whether it is what was asked for, and not the sign-in page of a proxy."""
    return response.is_success and not response.headers.get("content-type", "").startswith("text/")


@contextmanager
def _whole_file(path: Path) -> Iterator[BinaryIO]:
    """Write a file that is there as a whole or not at all."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with part.open("xb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _answer(response: httpx2.Response, body: bytes = b"") -> Answer:
    return Answer(response.status_code, dict(response.headers.items()), body)


def _reason(error: Exception) -> str:
    """End the sentence that begins with the hub's address."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"shows a certificate that is not trusted ({cause.verify_message}). Check the "
                "address; install your network's own authority in the system's store."
            )
        cause = cause.__cause__ or cause.__context__
    match error:
        case httpx2.ConnectTimeout() | httpx2.ConnectError():
            return (
                f"cannot be reached ({_first_line(error)}). Check the address and your network, "
                "and that the hub is running."
            )
        case httpx2.ProxyError():
            return f"is behind a proxy that refuses ({_first_line(error)}). Check HTTPS_PROXY."
        case httpx2.TimeoutException():
            return "is too slow: it did not answer in time. Try again in a minute."
    return (
        f"broke off its answer ({_first_line(error)}). Check the address, and that the hub is "
        "running; then try again."
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:100]
