"""The door to the index: what it serves, and what it refuses."""

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from valhub.evaluation.execution.environments import EnvironmentTooLarge, InstallLimits
from valhub.evaluation.execution.environments.index_catalogue import IndexCatalogue
from valhub.evaluation.execution.environments.index_fetching import Fetcher
from valhub.evaluation.execution.environments.index_proxy import serve_index
from valhub.evaluation.execution.environments.index_use import IndexUse
from valhub.evaluation.execution.environments.package_index import PackageIndex

Make = Callable[..., Any]
WHEEL = "alpha-1.0-py3-none-any.whl"


@dataclass(frozen=True)
class Door:
    """A client of a running proxy."""

    catalogue: IndexCatalogue
    port: int
    use: IndexUse

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers
        finally:
            connection.close()

    def link(self, project: str, number: int = 0) -> str:
        return str(json.loads(self.ask(f"/simple/{project}/")[1])["files"][number]["url"])


@contextmanager
def opened(index: PackageIndex, limits: InstallLimits | None = None) -> Iterator[Door]:
    listener = socket.create_server(("127.0.0.1", 0))
    catalogue = IndexCatalogue(index, Fetcher(index))
    use = IndexUse(limits or InstallLimits())
    with serve_index(catalogue, listener, use):
        yield Door(catalogue, listener.getsockname()[1], use)


@pytest.fixture
def door(wheels: Path, wheel_index: PackageIndex, make_wheel: Make) -> Iterator[Door]:
    make_wheel(wheels, "alpha")
    with opened(wheel_index) as door:
        yield door


@pytest.fixture
def remote(index_server: Any, wheels: Path, make_wheel: Make) -> Iterator[Door]:
    index_server.offer(make_wheel(wheels, "alpha"))
    with opened(index_server.index) as door:
        yield door


def test_a_page_lists_files_at_addresses_of_the_door(door: Door) -> None:
    status, body, _ = door.ask("/simple/alpha/")
    (entry,) = json.loads(body)["files"]
    assert (status, entry["filename"], entry["url"][:6]) == (200, WHEEL, "/file/")


def test_a_linked_wheel_is_served_whole(door: Door, wheels: Path) -> None:
    assert door.ask(door.link("alpha"))[:2] == (200, (wheels / WHEEL).read_bytes())


@pytest.mark.parametrize(
    ("asked", "part"),
    [("bytes=0-9", slice(0, 10)), ("bytes=5-", slice(5, None)), ("bytes=-7", slice(-7, None))],
)
def test_a_range_of_a_wheel_is_served(door: Door, wheels: Path, asked: str, part: slice) -> None:
    status, body, headers = door.ask(door.link("alpha"), Range=asked)
    whole = (wheels / WHEEL).read_bytes()
    assert (status, body) == (206, whole[part])
    assert headers["Content-Range"].endswith(f"/{len(whole)}")


@pytest.mark.parametrize("asked", ["bytes=-", "bytes=9-1", "lines=1-2", "bytes=99999999-"])
def test_a_range_that_is_none_is_refused(door: Door, asked: str) -> None:
    assert door.ask(door.link("alpha"), Range=asked)[0] == 416


def test_the_head_of_a_wheel_tells_its_size(door: Door, wheels: Path) -> None:
    status, body, headers = door.ask(door.link("alpha"), "HEAD")
    size = (wheels / WHEEL).stat().st_size
    assert (status, body, headers["Content-Length"]) == (200, b"", str(size))


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/simple/",
        "/simple/unknown/",
        "/simple/../../etc/passwd",
        "/simple/..%2f..%2fetc/",
        "/simple/Alpha/",
        "/file/../../etc/passwd",
        f"/file/{'0' * 32}/{WHEEL}",
        "file:///etc/passwd",
        "http://127.0.0.1:9/simple/alpha/",
    ],
)
def test_any_other_address_is_refused(door: Door, path: str) -> None:
    assert door.ask(path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "CONNECT"])
def test_any_other_method_is_refused(door: Door, method: str) -> None:
    assert door.ask("/simple/alpha/", method)[0] == 501


def test_a_wheel_is_served_only_after_a_page_linked_to_it(
    door: Door, wheel_index: PackageIndex
) -> None:
    link = door.link("alpha")
    with opened(wheel_index) as fresh:
        assert fresh.ask(link)[0] == 404
        assert fresh.link("alpha") == link
        assert fresh.ask(link)[0] == 200


def test_a_source_distribution_is_listed_but_never_served(
    wheels: Path, wheel_index: PackageIndex, make_sdist: Make
) -> None:
    make_sdist(wheels, "beta")
    with opened(wheel_index) as door:
        assert door.ask(door.link("beta"))[0] == 404


def test_a_remote_wheel_is_passed_on_whole_and_in_part(remote: Door, wheels: Path) -> None:
    assert remote.ask(remote.link("alpha"))[:2] == (200, (wheels / WHEEL).read_bytes())
    assert remote.ask(remote.link("alpha"), "HEAD")[0] == 200


def test_a_wheels_metadata_is_served_beside_it(remote: Door, index_server: Any) -> None:
    index_server.answers[f"/files/{WHEEL}.metadata"] = ("text/plain", b"Name: alpha\n")
    assert remote.ask(remote.link("alpha") + ".metadata")[:2] == (200, b"Name: alpha\n")


def test_credentials_go_to_their_index_and_never_to_the_client(
    remote: Door, index_server: Any
) -> None:
    status, body, headers = remote.ask("/simple/alpha/")
    assert status == 200
    assert index_server.seen[-1][1].startswith("Basic ")
    assert b"t0psecret" not in body + bytes(headers)


def test_credentials_do_not_follow_a_redirect_or_a_link_elsewhere(
    remote: Door, index_server: Any, other_server: Any, wheels: Path
) -> None:
    elsewhere = f"http://127.0.0.1:{other_server.port}/files/{WHEEL}"
    index_server.redirects[f"/files/{WHEEL}"] = elsewhere
    assert remote.ask(remote.link("alpha"))[0] == 502
    index_server.offer(wheels / WHEEL, link=elsewhere)
    assert remote.ask(remote.link("alpha"))[0] == 502
    assert [password for _, password in other_server.seen] == [None, None]


def test_credentials_may_be_kept_in_a_netrc_file(
    index_server: Any,
    wheels: Path,
    make_wheel: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index_server.offer(make_wheel(wheels, "alpha"))
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login reader password t0psecret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with opened(PackageIndex((f"http://127.0.0.1:{index_server.port}/simple",))) as door:
        assert door.ask("/simple/alpha/")[0] == 200


def test_a_redirect_to_a_file_of_this_machine_is_refused(remote: Door, index_server: Any) -> None:
    index_server.redirects[f"/files/{WHEEL}"] = "file:///etc/passwd"
    assert remote.ask(remote.link("alpha"))[0] == 502


def test_a_wheel_over_the_size_limit_is_refused(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("valhub.evaluation.execution.environments.index_proxy.FILE_BYTES", 10)
    assert door.ask(door.link("alpha"))[0] == 413


def test_a_failing_index_is_noted_without_credentials() -> None:
    with opened(PackageIndex(("http://user:t0psecret@127.0.0.1:9/simple",))) as door:
        assert door.ask("/simple/alpha/")[0] == 502
        assert "127.0.0.1" in str(door.catalogue.failure)
        assert "t0psecret" not in str(door.catalogue.failure)


def test_a_wrong_password_is_a_failure_not_a_missing_project(index_server: Any) -> None:
    with opened(PackageIndex((f"http://127.0.0.1:{index_server.port}/simple",))) as door:
        assert door.ask("/simple/alpha/")[0] == 502
        assert "401" in str(door.catalogue.failure)


def test_a_failure_that_a_later_try_mends_is_forgotten(remote: Door, index_server: Any) -> None:
    page = index_server.answers.pop("/simple/alpha/")
    index_server.redirects["/simple/alpha/"] = "http://127.0.0.1:9/"
    assert remote.ask("/simple/alpha/")[0] == 502
    del index_server.redirects["/simple/alpha/"]
    index_server.answers["/simple/alpha/"] = page
    assert remote.ask("/simple/alpha/")[0] == 200
    assert remote.catalogue.failure is None


def test_a_step_asks_about_so_many_projects_and_about_each_as_often_as_it_likes(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make
) -> None:
    for name in ("alpha", "beta", "gamma"):
        make_wheel(wheels, name)
    with opened(wheel_index, InstallLimits(projects=2)) as door:
        pages = [f"/simple/{name}/" for name in ("alpha", "beta", "alpha", "gamma", "alpha")]
        assert [door.ask(page)[0] for page in pages] == [200, 200, 200, 413, 413]
    assert "more than 2 projects" in str(door.use.excess)


METADATA = "Metadata-Version: 2.1\nName: alpha\nVersion: 1.0\n"


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        (METADATA + "Requires-Dist: beta\n" * 2, ""),
        (METADATA + "Requires-Dist: beta\n" * 3, "requires 3 packages, and at most 2"),
        (METADATA + "requires-dist: beta\n" * 3, "requires 3 packages, and at most 2"),
        (METADATA + "Summary: " + "x" * 500, "more than 400 bytes"),
    ],
)
def test_metadata_is_passed_on_unless_it_is_too_much(
    index_server: Any, wheels: Path, make_wheel: Make, metadata: str, said: str
) -> None:
    index_server.offer(make_wheel(wheels, "alpha"))
    index_server.answers[f"/files/{WHEEL}.metadata"] = ("text/plain", metadata.encode())
    with opened(index_server.index, InstallLimits(required=2, metadata_bytes=400)) as door:
        status, body, _ = door.ask(f"{door.link('alpha')}.metadata")
    assert (status, body) == ((413, b"") if said else (200, metadata.encode()))
    assert said in str(door.use.excess or "")


def test_files_are_passed_on_up_to_the_size_of_an_environment(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make
) -> None:
    size = make_wheel(wheels, "alpha").stat().st_size
    with opened(wheel_index, InstallLimits(installed_bytes=2 * size)) as door:
        link = door.link("alpha")
        assert [len(door.ask(link)[1]) for _ in range(2)] == [size, size]
        with pytest.raises(http.client.IncompleteRead):
            door.ask(link)
    assert isinstance(door.use.excess, EnvironmentTooLarge)
