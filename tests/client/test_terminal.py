import io

import pytest
from rich.console import Console

from valhub.client.terminal import safe
from valhub.texts import visible


@pytest.mark.parametrize("nasty", ["\x1b[2J", "\x07", "\r", "\x9b31m", "\u202e", "\ud800"])
def test_nothing_a_terminal_obeys_gets_through(nasty: str) -> None:
    shown = visible(f"a{nasty}b")
    assert nasty[0] not in shown
    assert shown.startswith("a\\x")


def test_lines_tabs_and_letters_stay() -> None:
    assert visible("é\tß\n漢") == "é\tß\n漢"


def test_markup_in_a_message_is_shown_not_obeyed() -> None:
    out = io.StringIO()
    Console(file=out, width=80).print(safe("[bold]x[/bold] [link=a]y"))
    assert out.getvalue() == "[bold]x[/bold] [link=a]y\n"
