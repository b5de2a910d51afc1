"""SECURITY.md counts bits by limits of the code; here are those limits."""

import math
import re
from pathlib import Path

import pytest

from valhub.evaluation.closed_sentences import Closed
from valhub.evaluation.execution import source_lines
from valhub.evaluation.execution.exception_names import KNOWN
from valhub.evaluation.packages.limits import ALGORITHM_LIMITS
from valhub.evaluation.packages.tasks.disclosure_policy import DisclosurePolicy

PAGE = (Path(__file__).parents[1] / "SECURITY.md").read_text()


def row(words: str) -> str:
    """The line of a table that has some words."""
    (line,) = (line for line in PAGE.splitlines() if line.startswith("|") and words in line)
    return line


@pytest.mark.parametrize(
    ("words", "count", "before", "after"),
    [
        ("closed list", len(Closed), "", " sentences"),
        ("algorithm's own code", source_lines._SHOWN_PLACES, "up to ", " lines"),
    ],
)
def test_lists_are_as_long_as_the_page_says(
    words: str, count: int, before: str, after: str
) -> None:
    said = re.search(rf"{before}(\d+){after}", row(words))
    assert said is not None
    assert int(said[1]) == count


def test_the_list_of_exceptions_is_no_longer_than_the_page_says() -> None:
    """Newer Pythons have a few more of their own."""
    said = re.search(r"list of at most (\d+) \| (\d)", row("type of an exception"))
    assert said is not None
    assert len(KNOWN) + 1 <= int(said[1]) <= 2 ** int(said[2])


def test_digits_carry_as_many_bits_as_the_page_says() -> None:
    bits = DisclosurePolicy().digits * math.log2(10)
    assert f"{bits:.0f} for four digits ({math.log2(10):.1f} for each digit)" in row("a score:")


def test_lines_carry_as_many_bits_as_the_page_says() -> None:
    places = source_lines._SHOWN_PLACES
    most = places * math.log2(ALGORITHM_LIMITS.total_bytes)
    assert f"{places * math.log2(1000):.0f} for 1,000 lines, {most:.0f} at" in row("own code")


def test_comparisons_carry_as_many_bits_as_the_page_says() -> None:
    systems = 20
    outcomes = [(better, same) for better in range(systems + 1) for same in range(systems + 1)]
    possible = sum(better + same <= systems for better, same in outcomes)
    assert f"{math.log2(possible):.0f} for {systems} systems" in row("better than another")
