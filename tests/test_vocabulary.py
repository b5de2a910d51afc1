"""One word for one thing: what people read uses the words of CONTRIBUTING's table.

Read are the strings, docstrings and comments of the product's code, its templates and its
documents; names in code are not, nor is anything between backticks.
"""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "valhub").rglob("*.py"))
TEMPLATES = sorted((ROOT / "valhub").rglob("*.html"))
DOCUMENTS = [
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY", "CHANGELOG")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "tasks").rglob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
]

# Since Python 3.12 the texts of an f-string are tokens of their own.
SPOKEN = {
    tokenize.STRING,
    tokenize.COMMENT,
    *(getattr(tokenize, name) for name in ["FSTRING_MIDDLE"] if hasattr(tokenize, name)),
}
# What is refused, and what to say instead. A word that has a sense of its own is refused in the
# other one only: you can tell things apart, a lease goes stale, a user name can be taken.
REFUSED = {
    r"\bhand(s|ed|ing)?( \w+){0,3}[ -]in\b(?! hand)": "submit",
    r"\bmend(s|ed|ing|able)?\b": "fix",
    r"\b(tell|tells|told|telling)\b(?![^.;]*\bapart\b)": "report, show, say",
    r"\blaid (on|out)\b": "align",
    r"\bto be had\b": "is available",
    r"\bnot taken\b|\btaken here\b|\bare taken([.,;:]|$)": "at most …; not allowed, rejected",
    r"(?<!lease )(?<!cache )\bstale\b(?! (lease|cache|or not|values?|readings?))": "outdated",
    r"\bpulse\b": "heartbeat",
    r"(?-i:\bworkshop\b)": "build context",
    r"\bBetter ones\b|\bThe next ones\b": "Previous, Next",
    r"\bcould rank\b": "rank range",
    r"\bwall\b(?!-clock)": "run time",
    r"\blook(s|ed|ing)? again\b": "poll",
    r"\b(ring|rings|ringing|rang)\b": "wake up, notify",
    r"\b(bench|duty|duties)\b": "worker context, warm sandbox",
    r"\b(days|rows|values|samples) (were |you )?answered\b|\banswered /": "coverage",
}
# For users only: a sentence begins with whom it is about, not with a relative.
RELATIVE = r"(^|[.!] )(Who|What|Whoever|Whatever) [a-z][^.?!]*[.!]"


def prose_of_code(path: Path) -> Iterator[tuple[int, str]]:
    """Strings and comments, each line with its number."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type in SPOKEN:
            for offset, line in enumerate(token.string.splitlines()):
                yield token.start[0] + offset, line


def prose_of_text(path: Path) -> Iterator[tuple[int, str]]:
    """Lines of a document or a template, without code."""
    text = re.sub(
        r"^```.*?^```", lambda code: "\n" * code[0].count("\n"), path.read_text(), flags=re.M | re.S
    )
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|</?[a-z][^>]*>", " ", text)
    yield from enumerate(text.splitlines(), 1)


def old_words(prose: Iterator[tuple[int, str]]) -> Iterator[str]:
    """Every old word, with its line and what to say."""
    for number, line in prose:
        spoken = re.sub(r"`[^`]*`", "", line)
        for pattern, instead in REFUSED.items():
            for found in re.finditer(pattern, spoken, re.IGNORECASE):
                yield f"{number}: {found[0]!r} (say: {instead})"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_code_speaks_the_vocabulary(path: Path) -> None:
    assert list(old_words(prose_of_code(path))) == []


@pytest.mark.parametrize(
    "path", [*TEMPLATES, *DOCUMENTS], ids=lambda path: str(path.relative_to(ROOT))
)
def test_pages_and_documents_speak_the_vocabulary(path: Path) -> None:
    assert list(old_words(prose_of_text(path))) == []


@pytest.mark.parametrize("path", TEMPLATES + DOCUMENTS, ids=lambda path: path.name)
def test_no_sentence_for_users_begins_with_a_relative(path: Path) -> None:
    found = [
        f"{number}: {line.strip()[:60]}"
        for number, line in prose_of_text(path)
        if re.search(RELATIVE, line.strip())
    ]
    assert found == []


def messages_of_code(path: Path) -> Iterator[str]:
    """Strings with their line, without docstrings, quotes and what is between backticks."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type in SPOKEN - {tokenize.COMMENT} and '"""' not in token.string:
            spoken = re.sub(r"`[^`]*`", "", token.string)
            yield f"{token.start[0]}: " + re.sub(r"^[a-zA-Z]{0,2}[\"']|[\"']$", "", spoken)


def relatives(path: Path) -> list[str]:
    return [said for said in messages_of_code(path) if re.search(RELATIVE, said.partition(": ")[2])]


def test_no_message_begins_with_a_relative() -> None:
    assert {path.name: relatives(path) for path in SOURCES if relatives(path)} == {}


def test_a_relative_in_a_message_is_found(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text('x = "Who is `you` may close it."\ny = f"No. What {x} may close, may stay."\n')
    assert [said[0] for said in relatives(code)] == ["1"]


def test_old_words_are_found_where_they_stand() -> None:
    lines = enumerate(["You handed it in.", "The mend is told.", "A stale lease.", "`mend` it"], 1)
    assert [one.split(":")[0] for one in old_words(iter(lines))] == ["1", "2", "2"]
    assert (
        len(list(old_words(iter([(1, "Look again when a ring rings for 3 days answered.")])))) == 4
    )
