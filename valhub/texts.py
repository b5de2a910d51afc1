"""Which texts of strangers are stored and shown, and which of them can be names.

A text is refused for what would break the page or the terminal that shows it: control characters,
halves of surrogate pairs, and marks that turn the direction of everything behind them. A name is
refused also for what nobody sees, because names are what readers tell people and entries apart by.
"""

import re
import unicodedata

# Embeddings, overrides and isolates; what is behind them on the page is turned as well.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINES = frozenset("\t\n\r")
_UNSTORABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_OBEYED = frozenset({"Cf", *_UNSTORABLE})
_INVISIBLE = frozenset({"Cf", "Co", "Cn", *_UNSTORABLE})
# Blank, though Unicode counts them as letters, symbols or marks.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Marks that choose another form of the character before them, most often the same one.
_VARIATIONS = frozenset(
    chr(code)
    for codes in (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
    for code in codes
)
# A letter of any script has fewer marks; more of them run over the lines above and below.
_MOST_MARKS = 6
_QUOTED = 40


def text_problem(text: str, most: int, *, has_lines: bool = False) -> tuple[str, str] | None:
    """Say why a text cannot be stored and shown; None when it can.

    Parameters
    ----------
    text : str
        Of a stranger.
    most : int
        How many characters it may have.
    has_lines : bool
        Whether it may have line breaks and tabs.

    Returns
    -------
    tuple of str and str, or None
        What is wrong and how to fix it, each as a sentence.
    """
    if len(text) > most:
        return f"At most {most:,} characters are allowed (this has {len(text):,}).", "Shorten it."
    if text.isprintable():
        return None
    allowed = _LINES if has_lines else frozenset()
    found = next((one for one in text if one not in allowed and _breaks_pages(one)), None)
    return _contains(found, "which no page can show") if found else None


def name_problem(name: str, most: int) -> tuple[str, str] | None:
    """Say why a text cannot be the name of a person or an entry; see `text_problem`."""
    problem = text_problem(name, most)
    if problem:
        return problem
    found = next((one for one in name if _is_unseen(one)), None)
    if found:
        return _contains(found, "which nobody can see")
    if _has_piled_marks(name):
        return "It has too many accents on one letter.", "Remove some."
    return None


def normal_name(name: str) -> str:
    """Return a name in the form in which it is stored: composed, without needless spaces."""
    return re.sub(" +", " ", unicodedata.normalize("NFC", name)).strip()


def visible(text: str, *, has_lines: bool = True) -> str:
    """Make visible what a terminal would obey: escapes, marks of direction, halves of pairs.

    Parameters
    ----------
    has_lines : bool
        Whether line breaks and tabs stay as they are; in a single line of many they could pass for
        another line.
    """
    if text.isprintable():
        return text
    kept = "\n\t" if has_lines else ""
    return "".join(
        one if one in kept or unicodedata.category(one) not in _OBEYED else f"\\x{ord(one):02x}"
        for one in text
    )


def cut(text: str, most: int = _QUOTED) -> str:
    """Shorten a text that is quoted."""
    return text if len(text) <= most else f"{text[:most]}…"


def _breaks_pages(character: str) -> bool:
    return (
        character in _TURNING
        or unicodedata.category(character) in _UNSTORABLE
        or ord(character) & 0xFFFE == 0xFFFE  # no character at all
    )


def _is_unseen(character: str) -> bool:
    if character in _BLANK or character in _VARIATIONS:
        return True
    is_space = character != " " and unicodedata.category(character) == "Zs"
    return is_space or unicodedata.category(character) in _INVISIBLE


def _has_piled_marks(name: str) -> bool:
    marks = 0
    for character in name:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks > _MOST_MARKS:
            return True
    return False


def _contains(character: str, kind: str) -> tuple[str, str]:
    return f"It contains U+{ord(character):04X}, {kind}.", "Remove it."
