"""Which files each kind of place offers for a project."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from valhub.evaluation.execution.environments.index_catalogue import IndexCatalogue
from valhub.evaluation.execution.environments.index_fetching import Fetcher, NotOnIndex
from valhub.evaluation.execution.environments.index_sources import (
    find_links_sources,
    index_sources,
)
from valhub.evaluation.execution.environments.package_index import NoPackageIndex, PackageIndex
from valhub.evaluation.execution.environments.simple_pages import FileLink

Make = Callable[..., Any]


def offered(index: PackageIndex, project: str) -> list[FileLink]:
    return list(IndexCatalogue(index, Fetcher(index)).files(project).values())


def test_a_folder_index_follows_its_relative_links(
    tmp_path: Path, make_wheel: Make, make_folder_index: Make
) -> None:
    index = make_folder_index(tmp_path, [make_wheel(tmp_path / "made", "alpha")])
    (link,) = offered(index, "alpha")
    assert link.url == (tmp_path / "files/alpha-1.0-py3-none-any.whl").as_uri()


def test_a_folder_of_wheels_offers_those_of_the_project_with_digests(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make
) -> None:
    make_wheel(wheels, "alpha")
    make_wheel(wheels, "beta")
    (link,) = offered(wheel_index, "alpha")
    assert (link.filename, list(link.hashes)) == ("alpha-1.0-py3-none-any.whl", ["sha256"])


def test_a_replaced_wheel_gets_a_new_digest(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make
) -> None:
    make_wheel(wheels, "alpha")
    (before,) = offered(wheel_index, "alpha")
    make_wheel(wheels, "alpha", files={"alpha.py": "changed = True\n"})
    (after,) = offered(wheel_index, "alpha")
    assert before.hashes != after.hashes


def test_a_page_of_wheels_may_be_a_find_links_place(wheels: Path, make_wheel: Make) -> None:
    wheel = make_wheel(wheels, "alpha")
    page = wheels / "links.html"
    page.write_text(f'<a href="{wheel.name}">alpha</a><a href="beta-1.tar.gz">beta</a>')
    (link,) = offered(PackageIndex((), (page.as_uri(),)), "alpha")
    assert link.url == wheel.as_uri()


def test_a_remote_page_cannot_name_files_of_this_machine(
    index_server: Any, wheels: Path, make_wheel: Make
) -> None:
    wheel = make_wheel(wheels, "alpha")
    index_server.offer(wheel, link=wheel.as_uri())
    with pytest.raises(NotOnIndex):
        offered(index_server.index, "alpha")


def test_a_remote_find_links_page_is_searched(
    index_server: Any, wheels: Path, make_wheel: Make
) -> None:
    index_server.offer(make_wheel(wheels, "alpha"))
    url = f"{index_server.index.urls[0]}/alpha/"
    assert [link.filename for link in offered(PackageIndex((), (url,)), "alpha")] == [
        "alpha-1.0-py3-none-any.whl"
    ]


def test_merged_indexes_offer_every_version_once(
    tmp_path: Path, make_wheel: Make, make_folder_index: Make
) -> None:
    old, new = (make_wheel(tmp_path / "made", "alpha", version) for version in ("1.0", "2.0"))
    first = make_folder_index(tmp_path / "a", [old]).urls
    second = make_folder_index(tmp_path / "b", [old])
    page = tmp_path / "b/simple/alpha/index.html"
    page.write_text(page.read_text() + f'<a href="{new.as_uri()}">')
    links = offered(PackageIndex((*first, *second.urls)), "alpha")
    assert [link.filename[:9] for link in links] == ["alpha-1.0", "alpha-2.0"]
    assert links[0].url.startswith((tmp_path / "a").as_uri())


def test_unmerged_indexes_stop_at_the_first_that_has_the_project(
    tmp_path: Path, make_wheel: Make, make_folder_index: Make
) -> None:
    urls: list[str] = []
    for version in ("1.0", "2.0"):
        wheel = make_wheel(tmp_path / "made", "alpha", version)
        urls += make_folder_index(tmp_path / version, [wheel]).urls
    links = offered(PackageIndex(tuple(urls), merged=False), "alpha")
    assert [link.filename[:9] for link in links] == ["alpha-1.0"]


def test_the_same_file_elsewhere_completes_what_is_known(tmp_path: Path) -> None:
    for name, more in (("a", ""), ("b", ' data-requires-python=">=3.9" data-yanked')):
        page = tmp_path / name / "alpha/index.html"
        page.parent.mkdir(parents=True)
        page.write_text(f'<a href="alpha-1.0-py3-none-any.whl#sha256=00"{more}>')
    (link,) = offered(PackageIndex(((tmp_path / "a").as_uri(), (tmp_path / "b").as_uri())), "alpha")
    assert (link.url.split("/")[-3], link.requires_python, link.yanked) == ("a", ">=3.9", True)


def test_an_unreadable_page_is_the_indexes_fault(index_server: Any) -> None:
    index_server.answers["/simple/alpha/"] = ("application/json", b"sorry")
    with pytest.raises(NoPackageIndex, match="cannot be read"):
        offered(index_server.index, "alpha")


def test_no_index_and_no_folder_is_told_at_once() -> None:
    index = PackageIndex(())
    with pytest.raises(NoPackageIndex, match="find-links"):
        IndexCatalogue(index, Fetcher(index))


def test_each_place_becomes_one_source() -> None:
    index = PackageIndex(("https://a.test", "file:///b"), ("file:///c", "https://d.test/l.html"))
    fetcher = Fetcher(index)
    assert len(index_sources(index, fetcher)) == len(find_links_sources(index, fetcher)) == 2
