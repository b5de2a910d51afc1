"""Organisers' Markdown as safe HTML.

What comes out holds no script, style, image or frame, whatever goes in. Headings are moved below
the page's own, so that the outline stays right for those who listen to it.
"""

from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

_DEEPEST = 6
_SHIFT = 2
_TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}


def render_markdown(text: str) -> str:
    """Render Markdown (CommonMark with tables) as HTML that is safe to put on a page."""
    tokens = _PARSER.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(_DEEPEST, int(token.tag[1:]) + _SHIFT)}"
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    )


def _in_words(
    _renderer: object, tokens: Sequence[Token], index: int, _options: object, _env: object
) -> str:
    """Show an image's description in its place: pages load nothing from elsewhere."""
    return escapeHtml(tokens[index].content)


_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")
_PARSER.add_render_rule("image", _in_words)
