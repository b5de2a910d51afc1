"""Uploads to a running hub: many at once, and cut off on the way."""

import json
import socket
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import make_archive
from urllib.parse import urlsplit

import pytest

from valhub.client.hub import Hub, HubRefused
from valhub.client.local_hub import LocalHub

EXAMPLE = Path(__file__).parents[2] / "examples/script_package/analysis"
TEXTS = dict.fromkeys(("description", "short_description", "ruleset", "dataset_description"), "x")
Published = Callable[[], list[dict[str, object]]]
PASSWORD = "correct horse battery staple"


@pytest.fixture
def name(fresh_name: Callable[[], str]) -> str:
    """Whoever uploads."""
    return fresh_name()


@pytest.fixture
def organiser_of(busy_hub: LocalHub, name: str) -> Hub:
    person = Hub(busy_hub.address)
    person.register(username=name, email=f"{name}@example.org", password=PASSWORD)
    person.sign_in(username=name, password=PASSWORD)
    return person


@pytest.fixture
def published(organiser_of: Hub) -> Published:
    """Lists what has been published since the test began."""

    def everything() -> list[dict[str, object]]:
        with urllib.request.urlopen(f"{organiser_of.address}/analysis/home") as answer:
            listed: list[dict[str, object]] = json.loads(json.load(answer))
        return listed

    before = {one["pk"] for one in everything()}
    return lambda: [one for one in everything() if one["pk"] not in before]


@pytest.mark.slow
def test_same_upload_sent_many_times_at_once_is_one_analysis(
    organiser_of: Hub, published: Published, tmp_path: Path
) -> None:
    package = Path(make_archive(str(tmp_path / "package"), "zip", EXAMPLE))

    def send(_: int) -> str:
        try:
            organiser_of.upload_analysis({"analysis_name": "Declination", **TEXTS}, package)
        except HubRefused as error:
            return str(error)
        return "published"

    with ThreadPoolExecutor(8) as pool:
        told = sorted(pool.map(send, range(8)))
    assert told.count("published") == 1
    assert all("published this package" in one or "being stored" in one for one in told[:-1])
    assert len(published()) == 1


def test_upload_cut_off_on_the_way_is_refused(
    organiser_of: Hub, published: Published, name: str
) -> None:
    address = urlsplit(organiser_of.address)
    credentials = b64encode(f"{name}:{PASSWORD}".encode()).decode()
    head = (
        f"POST /analysis/upload HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: Basic {credentials}\r\nContent-Length: 5000\r\n"
        "Content-Type: multipart/form-data; boundary=cut\r\n\r\n"
        "--cut\r\nContent-Disposition: form-data; name=analysis_name\r\n\r\nDeclin"
    )
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=120) as line:
        line.sendall(head.encode())
        line.shutdown(socket.SHUT_WR)
        answer = line.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"broken-upload" in answer
    assert published() == []
