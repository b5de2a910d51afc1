"""Prints are capped and harmless, whatever they are."""

from hypothesis import given
from hypothesis import strategies as st

from valhub.evaluation.execution.logs import Logs, printable


@given(st.text(st.characters(codec=None)))
def test_printable_text_can_be_written_and_acts_on_nothing(text: str) -> None:
    shown = printable(text)
    shown.encode("utf-8")
    assert all(c in "\n\t" or c.isprintable() or not c.isascii() for c in shown)
    assert printable(shown) == shown


@given(st.lists(st.binary(max_size=20)))
def test_what_is_over_the_cap_is_counted(pieces: list[bytes]) -> None:
    logs = Logs(kept_bytes=30)
    for piece in pieces:
        logs.add(piece)
    printed = sum(map(len, pieces))
    assert logs.call_bytes == printed
    assert (f"[{printed - 30} more bytes were printed]" in logs.take()) == (printed > 30)


def test_a_character_cut_in_two_does_not_hide_the_rest() -> None:
    logs = Logs(kept_bytes=4)
    logs.add("abcä".encode())
    assert logs.take() == "abc\ufffd\n[1 more bytes were printed]"


def test_taking_the_prints_makes_room_for_the_next_call() -> None:
    logs = Logs(kept_bytes=3)
    logs.add(b"first")
    logs.take()
    logs.add(b"two")
    assert logs.take() == "two"
