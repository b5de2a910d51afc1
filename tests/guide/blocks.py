"""The shell blocks of the administrators' guide, as they stand in the document."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

GUIDE = Path(__file__).parents[2] / "docs/administrators.md"
# An administrator's way from an empty machine to a rollback.
CHAPTERS = (
    "One machine, step by step",
    "An administrator's commands",
    "Backup and restore",
    "Upgrades",
)
_LINE = re.compile(r"(?P<level>#+) (?P<heading>.*)|(?P<indent> *)```.*")


# Blocks that are not for typing in, with the reason.
NOT_FOLLOWED = {
    "valhub admin [--data DIR] COMMAND": "says how all of the commands are written",
    "[Socket]": "is the text of a file, for another address",
    "valhub backup FOLDER [--data DIR]": "says how both commands are written",
}


@dataclass(frozen=True)
class Block:
    """A fenced block: below which heading it stands, and what is in it."""

    chapter: str
    text: str

    @property
    def opening(self) -> str:
        """Its first line, by which it is named."""
        return self.text.splitlines()[0]


def blocks(guide: Path = GUIDE) -> list[Block]:
    """All blocks of the chapters, in their order."""
    return [block for block in _all_blocks(guide.read_text()) if block.chapter in CHAPTERS]


def to_follow(chapter: str, guide: Path = GUIDE) -> list[Block]:
    """The blocks of a chapter that are commands to type in."""
    found = blocks(guide)
    return [one for one in found if one.chapter == chapter and one.opening not in NOT_FOLLOWED]


def _all_blocks(text: str) -> Iterator[Block]:
    chapter, inside = "", None
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if found and found["heading"] is None:
            if inside is not None:
                yield Block(chapter, dedent("\n".join(inside)) + "\n")
            inside = [] if inside is None else None
        elif inside is not None:
            inside.append(line)
        elif found:
            chapter = found["heading"]
