"""A body that ends early is an error, wherever it is cut."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis
from valhub.http.whole_bodies import WholeBodies, whole_body
from valhub.wsgi import application

BODY = (
    b"--cut\r\nContent-Disposition: form-data; name=evaluation_script; filename=a.zip\r\n"
    b"Content-Type: application/zip\r\n\r\nPK\x03\x04\r\n"
    b"--cut\r\nContent-Disposition: form-data; name=description\r\n\r\na long text\r\n--cut--\r\n"
)


class Dribbling(io.BytesIO):
    """A connection that gives a few bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(3 if size is None or size < 0 else min(size, 3))


@given(body=st.binary(max_size=50), sizes=st.lists(st.integers(-1, 20)))
def test_whole_body_is_read_as_it_is(body: bytes, sizes: list[int]) -> None:
    whole = whole_body(Dribbling(body), len(body))
    assert b"".join(whole.read(size) for size in [*sizes, -1]) == body
    assert whole.read(10) == b""


@given(body=st.binary(max_size=50), missing=st.integers(1, 20))
def test_body_that_ends_early_is_an_error(body: bytes, missing: int) -> None:
    whole = whole_body(io.BytesIO(body), len(body) + missing)
    with pytest.raises(ConnectionResetError):
        whole.read()


def test_nothing_is_read_past_the_announced_end() -> None:
    stream = io.BytesIO(b"body and the next request")
    assert whole_body(stream, 4).read() == b"body"
    assert stream.read(4) == b" and"


def test_request_without_a_length_is_left_alone() -> None:
    seen: dict[str, Any] = {}
    WholeBodies(lambda environ, start: seen.update(environ) or [])({"wsgi.input": 1}, print)
    assert seen == {"wsgi.input": 1}


@pytest.mark.parametrize("cut", [1, 8, 20, 60, 150, len(BODY)])
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=cut", "application/json"])
def test_upload_cut_off_half_way_is_malformed(
    as_: Callable[[Account], Client], organiser: Account, cut: int, kind: str
) -> None:
    broken: dict[str, Any] = {"wsgi.input": whole_body(io.BytesIO(BODY[:-cut]), len(BODY))}
    answer = as_(organiser).generic("POST", "/analysis/upload", BODY, kind, **broken)
    assert (answer.status_code, answer.json()["code"]) == (400, "broken-upload")
    assert not Analysis.objects.exists()


def test_the_hub_reads_whole_bodies_only() -> None:
    assert isinstance(application, WholeBodies)
