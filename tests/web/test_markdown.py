from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from valhub.web.markdown import render_markdown

REL = ("rel", "nofollow noopener noreferrer")
HARMLESS = {
    ("p", ()),
    ("a", (("href", "https://example.org"), ("title", 'a" onmouseover="alert(1)'), REL)),
}


def elements(html: str) -> set[tuple[str, tuple[tuple[str, str | None], ...]]]:
    """What a browser would make of it: every element with its attributes."""
    found = set()
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: found.add((tag, tuple(attrs)))
    parser.feed(html)
    return found


def test_text_and_tables_are_rendered() -> None:
    html = render_markdown("Say **where**.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    assert "<strong>where</strong>" in html
    assert "<td>1</td>" in html


def test_headings_go_below_the_pages_own() -> None:
    assert render_markdown("# One\n\n##### Five") == "<h3>One</h3>\n<h6>Five</h6>\n"


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](https://example.org/pixel.png)",
        '<a href="/" style="position:fixed" onclick="alert(1)">x</a>',
        "<iframe src='//example.org'></iframe>",
        '[x](https://example.org "a\\" onmouseover=\\"alert(1)")',
    ],
)
def test_nothing_that_runs_or_loads_comes_through(attack: str) -> None:
    assert elements(render_markdown(attack)) <= HARMLESS


def test_an_image_is_told_by_its_description() -> None:
    assert render_markdown("![daily shifts](plot.png)") == "<p>daily shifts</p>\n"


def test_links_lead_out_without_telling_where_from() -> None:
    html = render_markdown("[paper](https://example.org)")
    assert html == (
        '<p><a href="https://example.org" rel="nofollow noopener noreferrer">paper</a></p>\n'
    )


def test_a_wide_table_scrolls_and_never_widens_its_page() -> None:
    style = Path(finders.find("web/style.css")).read_text()
    [rule] = [line for line in style.splitlines() if line.startswith(".prose table")]
    assert "display: block" in rule
    assert "overflow-x: auto" in rule
