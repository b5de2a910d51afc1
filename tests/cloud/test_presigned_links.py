"""A link opens one file, to read, for a while; a server that checks signatures refuses the rest.

Nothing is ever uploaded by a link: uploads go through the hub, which checks them.
"""

import io
import time
from collections.abc import Iterator
from http import HTTPStatus
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from pytest_django import Settings

from services.bucket import BUCKET, use_storage
from services.radosgw import Gateway, running_radosgw
from valhub.cloud.storage import link_to_file, open_file, store_file

KEY = "submission_files/submission_1.zip"


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    """A server that checks every signature, with the hub's bucket."""
    with running_radosgw() as gateway:
        boto3.client(
            "s3",
            endpoint_url=gateway.url,
            aws_access_key_id=gateway.access_key,
            aws_secret_access_key=gateway.secret_key,
            region_name="default",
        ).create_bucket(Bucket=BUCKET)
        yield gateway


@pytest.fixture
def stored(gateway: Gateway, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file that the hub stored there; its links are good for two seconds."""
    for name, value in gateway.environment.items():
        monkeypatch.setenv(name, value)
    options = f"region=default&endpoint={gateway.url}&encryption=none&link_seconds=2"
    use_storage(settings, f"s3://{BUCKET}?{options}")
    return store_file(KEY, io.BytesIO(b"content"))


@pytest.fixture
def link(stored: str) -> str:
    """A fresh link to it."""
    link = link_to_file(stored, name="one.zip")
    assert link is not None
    return link


def status(address: str, *, method: str = "GET", body: bytes | None = None) -> int:
    try:
        with urlopen(Request(address, data=body, method=method), timeout=120) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def plain(link: str) -> str:
    return link.partition("?")[0]


def test_link_opens_its_file(link: str) -> None:
    with urlopen(link, timeout=120) as answer:
        assert answer.read() == b"content"
        assert answer.headers["Content-Type"] == "application/zip"


def test_expired_link_is_refused(link: str) -> None:
    time.sleep(4)
    assert status(link) == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        (KEY.rpartition("_")[0], "submission_files/other"),
        ("X-Amz-Expires=2", "X-Amz-Expires=604800"),
        ("application%2Fzip", "text%2Fhtml"),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
        ("%2Fdefault%2F", "%2Felsewhere%2F"),
    ],
)
def test_tampered_link_is_refused(link: str, there: str, instead: str) -> None:
    assert there in link
    assert status(link.replace(there, instead)) == HTTPStatus.FORBIDDEN


def test_link_to_read_does_not_write(link: str, stored: str) -> None:
    for method in ("PUT", "POST", "DELETE"):
        assert status(link, method=method, body=b"other") in (
            HTTPStatus.FORBIDDEN,
            HTTPStatus.METHOD_NOT_ALLOWED,
        )
    with open_file(stored) as file:
        assert file.read() == b"content"


def test_form_that_uploads_without_the_hub_is_refused(gateway: Gateway, link: str) -> None:
    edge = "edge"
    fields = {"key": "submission_files/form.zip", "file": "other"}
    parts = (
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    request = Request(
        f"{gateway.url}/{BUCKET}",
        data=("".join(parts) + f"--{edge}--\r\n").encode(),
        headers={"Content-Type": f"multipart/form-data; boundary={edge}"},
    )
    with pytest.raises(HTTPError) as refused:
        urlopen(request, timeout=120)
    with refused.value:
        assert refused.value.code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_nobody_reaches_a_file_without_a_link(link: str, method: str) -> None:
    body = b"x" if method == "PUT" else None
    assert status(plain(link), method=method, body=body) == HTTPStatus.FORBIDDEN


def test_nobody_lists_the_bucket(gateway: Gateway, stored: str) -> None:
    assert status(f"{gateway.url}/{BUCKET}?list-type=2") == HTTPStatus.FORBIDDEN


def test_second_file_under_a_key_is_refused_by_the_server(stored: str) -> None:
    second = store_file(stored, io.BytesIO(b"second"))
    assert second != stored
    with open_file(stored) as file:
        assert file.read() == b"content"
