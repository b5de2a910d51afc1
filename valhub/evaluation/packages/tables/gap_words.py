"""The words that mean a gap, in any case: one list for data, references and metadata."""

from itertools import product

# What spreadsheets, databases, loggers, pandas and R write where there is no value. Words that say
# why a value is missing ("No Data", "#DIV/0!") are not among them: their author has to decide.
GAP_WORDS = frozenset(
    {
        "",
        "-",
        "--",
        "---",
        "#n/a",
        "#n/a n/a",
        "#na",
        "-1.#ind",
        "-1.#qnan",
        "-nan",
        "1.#ind",
        "1.#qnan",
        "<na>",
        "<null>",
        "\\n",
        "blank",
        "n.a.",
        "n/a",
        "na",
        "nan",
        "nat",
        "nil",
        "none",
        "null",
    }
)


def is_gap(text: str) -> bool:
    """Return whether a cell stands for a gap."""
    return text.strip().lower() in GAP_WORDS


def _spellings(word: str) -> list[str]:
    choices = [sorted({letter, letter.upper()}) for letter in word]
    return ["".join(letters) for letters in product(*choices)]


SPELLINGS = sorted(spelling for word in GAP_WORDS for spelling in _spellings(word))
"""Every way to write them, for readers that compare letter by letter."""
