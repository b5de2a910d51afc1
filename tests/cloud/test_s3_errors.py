"""What goes wrong with a bucket is told for what it is, and tried again for a while only."""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from services.bucket import keys, use_storage
from valhub.cloud import errors
from valhub.cloud import s3 as hub_s3
from valhub.cloud.storage import delete_file, fetch_file, link_to_file, open_file, store_file

Act = Callable[[], object]
FETCHED = Path("/nowhere")
ACTS: dict[str, Act] = {
    "store": lambda: store_file("boxes/one.zip", io.BytesIO(b"content")),
    "open": lambda: open_file("boxes/one.zip"),
    "fetch": lambda: fetch_file("boxes/one.zip", FETCHED, sha256="0" * 64),
    "link": lambda: link_to_file("boxes/one.zip", name="one.zip"),
    "delete": lambda: delete_file("boxes/one.zip"),
}


def told_by_all() -> set[type[OSError]]:
    """What everything that the hub does with a stored file ends in."""
    told = set()
    for act in ACTS.values():
        with pytest.raises(OSError, match=r"\.$") as raised:
            act()
        assert "127.0.0.1" not in str(raised.value)
        told.add(type(raised.value))
    return told


@pytest.fixture
def one_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nothing tried again, which takes seconds."""
    monkeypatch.setattr(hub_s3, "_ATTEMPTS", 1)


@contextmanager
def refusing(
    status: int, code: str, *, times: float = float("inf")
) -> Iterator[tuple[str, list[str]]]:
    """A server that refuses requests, and lists them; after some times it finds nothing."""
    asked: list[str] = []

    class Refusal(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append(self.command)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            refused = len(asked) <= times
            body = f"<Error><Code>{code}</Code></Error>" if refused else "<ListBucketResult/>"
            self.send_response(status if refused else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body.encode())

        do_GET = do_PUT = do_HEAD = do_DELETE = answer  # noqa: N815 - http.server's names.

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusal)
    threading.Thread(target=server.serve_forever, args=(0.05,)).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.usefixtures("aws", "one_attempt")
@pytest.mark.parametrize(
    ("status", "code", "trouble"),
    [
        (403, "AccessDenied", errors.AccessRefused),
        (403, "InvalidAccessKeyId", errors.AccessRefused),
        (403, "SignatureDoesNotMatch", errors.AccessRefused),
        (400, "ExpiredToken", errors.CredentialsExpired),
        (403, "RequestTimeTooSkewed", errors.ClockWrong),
        (404, "NoSuchBucket", errors.BucketMissing),
        (503, "SlowDown", errors.StorageBusy),
        (429, "TooManyRequests", errors.StorageBusy),
        (500, "InternalError", errors.StorageUnreachable),
        (501, "NotImplemented", errors.StorageError),
    ],
)
def test_refusal_is_told_for_what_it_is(
    status: int, code: str, trouble: type[OSError], settings: Settings
) -> None:
    with refusing(status, code) as (url, _):
        use_storage(settings, f"s3://files?region=us-east-2&endpoint={url}")
        assert told_by_all() == {trouble}


@pytest.mark.usefixtures("aws", "one_attempt")
def test_server_that_is_gone_is_told(settings: Settings) -> None:
    with refusing(500, "gone") as (url, _):
        use_storage(settings, f"s3://files?region=us-east-2&endpoint={url}")
    assert told_by_all() == {errors.StorageUnreachable}


@pytest.mark.usefixtures("one_attempt")
def test_missing_credentials_are_told(
    bucket_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    use_storage(settings, bucket_url)
    assert told_by_all() == {errors.NoCredentials}


@pytest.mark.usefixtures("aws")
def test_busy_storage_is_asked_again(settings: Settings) -> None:
    with refusing(503, "SlowDown", times=2) as (url, asked):
        use_storage(settings, f"s3://files?region=us-east-2&endpoint={url}")
        with pytest.raises(errors.FileMissing):
            link_to_file("boxes/one.zip", name="one.zip")
    assert asked == ["GET"] * 3


@pytest.mark.slow
@pytest.mark.usefixtures("aws")
def test_busy_storage_is_not_asked_for_ever(settings: Settings) -> None:
    with refusing(503, "SlowDown") as (url, asked):
        use_storage(settings, f"s3://files?region=us-east-2&endpoint={url}")
        with pytest.raises(errors.StorageBusy):
            link_to_file("boxes/one.zip", name="one.zip")
    assert len(asked) == 5


def test_credentials_are_looked_for_by_boto3_alone(
    bucket: str, settings: Settings, s3: Any
) -> None:
    settings.AWS_S3_ACCESS_KEY_ID = settings.AWS_ACCESS_KEY_ID = "from-the-settings"
    key = store_file("boxes/one.zip", io.BytesIO(b"content"))
    assert keys(s3) == [key]
    link = link_to_file(key, name="one.zip")
    assert link is not None
    assert "from-the-settings" not in link
