"""Consoles, and text that is safe to print on them.

File names, messages and tracebacks come from packages and algorithms that strangers wrote. A
terminal obeys the control characters in them, so those are made visible before printing.
"""

import sys
import unicodedata
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

# Wide enough for every table of ours, so that output in a file or a pipe never wraps.
PLAIN_WIDTH = 160


def printable(text: str) -> str:
    """Make visible what a terminal would obey: escapes, bidi marks, lone surrogates."""
    return "".join(_visible(char) for char in text)


def _visible(char: str) -> str:
    if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cs"):
        return char
    return f"\\x{ord(char):02x}"


def note_lines(notes: Iterable[str]) -> str:
    """Write what is no fault, but probably not meant, as further lines of an output."""
    return "".join(f"\nNote: {printable(note)}" for note in notes)


def safe(text: str, style: str = "") -> Text:
    """Give untrusted text to rich: no markup, no control characters."""
    return Text(printable(text), style=style)


def open_console(*, stderr: bool = False) -> Console:
    """Open a console: coloured on a terminal, wide plain text elsewhere."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PLAIN_WIDTH
    return Console(file=stream, width=width, highlight=False, emoji=False)
