"""Pages of the simple repository API, as HTML and as JSON."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valhub.evaluation.execution.environments.simple_pages import (
    JSON_PAGE,
    FileLink,
    UnreadablePage,
    project_of,
    read_page,
    write_page,
)

PAGE = "https://i.test/simple/a/"


def test_an_html_link_keeps_all_that_it_says() -> None:
    page = (
        '<a href="../../f/a-1-py3-none-any.whl#sha256=00" data-requires-python="&gt;=3.9"'
        ' data-yanked="broken" data-core-metadata="sha256=11">a-1-py3-none-any.whl</a>'
    )
    (link,) = read_page(page.encode(), "text/html", PAGE)
    assert link == FileLink(
        filename="a-1-py3-none-any.whl",
        url="https://i.test/f/a-1-py3-none-any.whl",
        hashes={"sha256": "00"},
        requires_python=">=3.9",
        yanked="broken",
        core_metadata={"sha256": "11"},
    )


def test_an_html_page_may_set_its_base_and_mark_without_values() -> None:
    page = '<base href="https://f.test/d/"><a data-yanked data-dist-info-metadata href="a-1.zip">x'
    (link,) = read_page(page.encode(), "text/html", PAGE)
    assert (link.url, link.yanked, link.core_metadata) == ("https://f.test/d/a-1.zip", True, True)


def test_an_escaped_name_is_unescaped() -> None:
    (link,) = read_page(b'<a href="a-1%2Bcpu-py3-none-any.whl">', "text/html", PAGE)
    assert link.filename == "a-1+cpu-py3-none-any.whl"


def test_a_page_comes_back_as_it_was_written() -> None:
    link = FileLink(
        "a-1.tar.gz", f"{PAGE}x", {"sha256": "0"}, ">=3", "why", True, 5, "2024-01-01T00:00:00Z"
    )
    page = write_page("a", [(link, link.url)])
    assert read_page(page, JSON_PAGE, PAGE) == (link,)


def test_a_written_page_holds_our_address_instead_of_the_indexes() -> None:
    link = FileLink("a-1.tar.gz", "https://u:secret@i.test/a-1.tar.gz")
    page = write_page("a", [(link, "/file/1/a-1.tar.gz")])
    assert json.loads(page)["files"][0]["url"] == "/file/1/a-1.tar.gz"
    assert b"secret" not in page


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"files": 3}', b'{"files": [{}]}'])
def test_json_that_is_no_page_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadablePage):
        read_page(body, JSON_PAGE, PAGE)


def test_a_link_that_is_no_address_is_refused() -> None:
    with pytest.raises(UnreadablePage):
        read_page(b'<a href="http://[">', "text/html", PAGE)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_as_html_or_refused(body: bytes) -> None:
    with suppress(UnreadablePage):
        assert isinstance(read_page(body, "text/html", PAGE), tuple)


@pytest.mark.parametrize(
    ("filename", "project"),
    [
        ("Foo_Bar-1.0-py3-none-any.whl", "foo-bar"),
        ("foo.bar-1.0.tar.gz", "foo-bar"),
        ("foo-not_a_version-py3-none-any.whl", "foo"),
        ("readme.txt", None),
    ],
)
def test_a_file_belongs_to_the_project_its_name_begins_with(
    filename: str, project: str | None
) -> None:
    assert project_of(filename) == project
