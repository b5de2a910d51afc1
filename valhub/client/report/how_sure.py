"""The page on intervals and ranks, inside a report that is read without a network."""

from functools import cache

from markdown_it import MarkdownIt
from markupsafe import Markup

from valhub.evaluation.how_sure import how_sure

_DEEPEST = 6
_SHIFT = 2


@cache
def how_sure_section() -> Markup:
    """Render the page, with its headings below those of the report."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(how_sure())
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(_DEEPEST, int(token.tag[1:]) + _SHIFT)}"
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 - our own text
