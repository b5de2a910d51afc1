"""User names that look alike, and user names that mix alphabets.

A leaderboard shows a name and nothing else of its owner, so whoever has a name that looks like
another one can pose as somebody else. Unicode's own rules (UTS 39) are followed as far as they
matter for names of letters, digits and `@.+-_`: which alphabets may stand together, and which
letters look like small Latin ones.
"""

import unicodedata

# Japanese, Chinese and Korean are written in several alphabets, with Latin words among them.
_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)
# Greek, Cyrillic, Armenian and rare Latin letters; a capital I and a one look like a small l.
_LOOK_ALIKE = {
    "a": "\u0430\u03b1\u0251\u0391\u0410",
    "b": "\u0392\u0412",
    "c": "\u0441\u0421\u03f2\u03f9",
    "d": "\u0501",
    "e": "\u0435\u0395\u0415",
    "g": "\u0261\u0581",
    "h": "\u04bb\u0570\u0397\u041d",
    "i": "\u0456\u03b9\u0131\u0269",
    "j": "\u0458\u0575\u03f3",
    "k": "\u043a\u03ba\u039a\u041a",
    "l": "I1\u04cf\u04c0\u0406\u0399",
    "m": "\u039c\u041c",
    "n": "\u043f\u03b7\u0578\u039d",
    "o": "0\u043e\u03bf\u0585\u039f\u041e\u0555",
    "p": "\u0440\u03c1\u03a1\u0420",
    "q": "\u051b\u0566",
    "r": "\u0433",
    "s": "\u0455\u0405",
    "t": "\u03a4\u0422",
    "u": "\u03c5\u057d",
    "v": "\u03bd\u0475",
    "w": "\u051d\u03c9\u0461",
    "x": "\u0445\u03c7\u03a7\u0425",
    "y": "\u0443\u03b3\u03a5\u0423\u04ae",
    "z": "\u0396",
}
_LETTERS = str.maketrans({one: letter for letter, all_ in _LOOK_ALIKE.items() for one in all_})
_PAIRS = (("rn", "m"), ("vv", "w"))


def look_of(username: str) -> str:
    """Return what user names that look alike share.

    Parameters
    ----------
    username : str
        In NFKC, as it is shown: a small i does not look like an l, but a capital I does.
    """
    look = username.strip().translate(_LETTERS).lower().translate(_LETTERS)
    for pair, letter in _PAIRS:
        look = look.replace(pair, letter)
    return look


def mixes_alphabets(username: str) -> bool:
    """Return whether the letters of a user name come from alphabets nobody writes together.

    Digits of other alphabets look like Latin letters: the Thai zero like an o.
    """
    found = {_alphabet(one) for one in username if unicodedata.category(one).startswith("L")}
    if "LATIN" in found and any(_is_foreign_digit(one) for one in username):
        return True
    return len(found) > 1 and not any(found <= together for together in _TOGETHER)


def _is_foreign_digit(character: str) -> bool:
    return unicodedata.category(character).startswith("N") and not character.isascii()


def _alphabet(letter: str) -> str:
    # The standard library does not know scripts, but the names of letters begin with theirs.
    return unicodedata.name(letter, "").partition(" ")[0]
