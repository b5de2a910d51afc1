"""Consoles, and text that is safe to print on them.

File names, messages and tracebacks come from packages and algorithms that strangers wrote. A
terminal obeys the control characters in them, and rich the markup. So a console shows every plain
text as it is, with control characters made visible; colour comes from styles alone.
"""

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.text import Text

from valhub.texts import visible

# Wide enough for every table of ours, so that output in a file or a pipe never wraps.
PLAIN_WIDTH = 160


class PlainConsole(Console):
    """A console to which a text is a text, in a line, a title, a heading or a cell."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Make a text of ours of a plain one: no markup, no emoji, no control characters."""
        plain = {**options, "markup": False, "emoji": False}
        return super().render_str(visible(text), **plain)


def note_lines(notes: Iterable[str]) -> str:
    """Write what is no fault, but probably not meant, as further lines of an output."""
    return "".join(f"\nNote: {visible(note)}" for note in notes)


def safe(text: str, style: str = "") -> Text:
    """Give a text with a style to rich: no markup, no control characters."""
    return Text(visible(text), style=style)


def joined(*parts: str | Text) -> Text:
    """Join texts, some of them with a style, into one line."""
    return Text.assemble(*(safe(part) if isinstance(part, str) else part for part in parts))


def open_console(*, stderr: bool = False) -> Console:
    """Open a console: coloured on a terminal, wide plain text elsewhere."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PLAIN_WIDTH
    return PlainConsole(file=stream, width=width, highlight=False, emoji=False)
