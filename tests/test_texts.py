"""Which texts of strangers can be stored and shown, and which can be names."""

import pytest

from valhub.texts import name_problem, normal_name, text_problem

TURNING = ["\u202a", "\u202e", "\u2066", "\u2069"]
UNSTORABLE = ["\0", "\x1b", "\x7f", "\x85", "\ud800", "\u2028", "\ufffe", "\U0010ffff"]
INVISIBLE = [
    *("\u00ad", "\u200b", "\u200d", "\u200e", "\u2060", "\ufeff", "\U000e0041"),
    *("\u115f", "\u3164", "\u2800", "\u034f", "\u2003", "\ue000", "\u00a0"),
    *("\ufe00", "\ufe0f", "\U000e0100", "\U000e01ef", "\u180b", "\u180e", "\u180f", "\u17b5"),
    *("\u2065", "\ufff0", "\U000e0fff", "\U0001d173", "\U0001bca0", "\u061c", "\uffa0"),
]


@pytest.mark.parametrize("character", [*TURNING, *UNSTORABLE])
@pytest.mark.parametrize("problem", [text_problem, name_problem])
def test_character_that_no_page_can_show(character, problem):
    found = problem(f"a{character}b", 10)
    assert found is not None
    assert f"U+{ord(character):04X}" in found[0]


@pytest.mark.parametrize("character", INVISIBLE)
def test_invisible_character_is_allowed_in_a_text_but_not_in_a_name(character):
    assert text_problem(f"a{character}b", 10) is None
    assert name_problem(f"a{character}b", 10) is not None


@pytest.mark.parametrize("character", ["\n", "\t", "\r"])
def test_line_breaks_are_for_texts_with_lines(character):
    assert text_problem(f"a{character}b", 10, has_lines=True) is None
    assert text_problem(f"a{character}b", 10) is not None
    assert name_problem(f"a{character}b", 10) is not None


@pytest.mark.parametrize(
    "name", ["Zoë Ångström", "名前 2", "Иван", "שלום", "नमस्ते", "PV ☀ 2024", "e\u0301"]
)
def test_names_of_the_world_are_names(name):
    assert name_problem(name, 20) is None


def test_length_is_limited_and_said():
    assert text_problem("a" * 10, 10) is None
    problem = text_problem("a" * 900_000, 200)
    assert problem == (
        "At most 200 characters are allowed (this has 900,000).",
        "Shorten it.",
    )


def test_accents_are_not_piled_up():
    assert name_problem("a" + "\u0301" * 7, 20) is not None


@pytest.mark.parametrize(
    ("name", "normal"), [("  a   b ", "a b"), ("e\u0301", "é"), ("a\nb", "a\nb"), ("\u212b", "Å")]
)
def test_names_are_composed_without_needless_spaces(name, normal):
    assert normal_name(name) == normal
