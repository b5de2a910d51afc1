"""Every command `valhub …` in the documents is one that the command's own parser takes."""

import re
import shlex
from pathlib import Path

import click
import pytest

from valhub.client.cli import main
from valhub.server.administration.group import admin

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
# A line of a block, perhaps with variables before it, a whole path, or run by another program.
TYPED = re.compile(r"^\s*(?:\w+=\S+ |systemd-run .* )?(?:\S*/bin/)?valhub (?!:)(.*)$")
INLINE = re.compile(r"`valhub ([^`]*)`")
# Stands for any of the commands.
ANY = "COMMAND"


def typed_lines(text: str) -> list[str]:
    """The commands of the fenced blocks, as one would type them: whole."""
    fenced = re.findall(r"(?ms)^ *```\w*\n(.*?)^ *```", text)
    lines = "".join(fenced).replace("\\\n", " ").splitlines()
    return [found[1] for line in lines if (found := TYPED.match(line))]


def inline_mentions(text: str) -> list[str]:
    """The commands within sentences, which may leave something out."""
    return [found for found in INLINE.findall(text) if found != "…"]


def words_of(line: str) -> list[str]:
    """Its words; what may be left out is there."""
    return shlex.split(line.replace("[", "").replace("]", ""), comments=True)


def parse(line: str, *, whole: bool) -> None:
    """Parse a command as far as it is written; raises `click.UsageError`."""
    words, command, path = words_of(line), main, "valhub"
    while isinstance(command, click.Group) or command is main.commands["admin"]:
        group = admin if command is main.commands["admin"] else command
        if words[:1] == ["--data"]:
            words = words[2:]
        if words[:1] == [ANY] or (not words and not whole):
            return
        context = click.Context(group, info_name=path)
        if not words:
            raise click.UsageError("It needs a command.", context)
        path, found, words = group.resolve_command(context, list(words))
        assert found is not None
        command = found
    context = click.Context(command, info_name=path)
    _parse_words(command, context, [word for word in words if word != "…"], whole=whole)


def _parse_words(
    command: click.Command, context: click.Context, words: list[str], *, whole: bool
) -> None:
    try:
        values, left, _ = command.make_parser(context).parse_args(words)
    except click.BadOptionUsage:
        # A sentence may name an option without its value.
        if whole:
            raise
        return
    if left:
        raise click.UsageError(f"{left} is too much.", context)
    # What is missing is neither a text nor a tuple of some.
    given = {name for name, value in values.items() if isinstance(value, str | tuple) and value}
    missing = [one.name for one in command.params if one.required and one.name not in given]
    if whole and missing:
        raise click.UsageError(f"{missing} is missing.", context)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documented_commands_are_commands(path: Path) -> None:
    text = path.read_text()
    for line in typed_lines(text):
        parse(line, whole=True)
    for mention in inline_mentions(text):
        parse(mention, whole=False)


def test_the_documents_have_commands() -> None:
    text = "".join(path.read_text() for path in DOCUMENTS)
    assert len(typed_lines(text)) >= 30
    assert len(inline_mentions(text)) >= 40


@pytest.mark.parametrize(
    "line",
    [
        "chek PACKAGE",
        "check",
        "backup",
        "backup FOLDER --keeps 14",
        "backup FOLDER --keep",
        "run PACKAGE ALGORITHM ANOTHER",
        "admin",
        "admin unhide SUBMISSION",
        "admin create-superuser anna",
        "worker --analysis",
    ],
)
def test_a_typed_line_has_no_fault(line: str) -> None:
    with pytest.raises(click.UsageError):
        parse(line, whole=True)


@pytest.mark.parametrize("mention", ["chek", "check --analyses X", "admin unhide", "up --folder"])
def test_a_sentence_names_what_there_is(mention: str) -> None:
    with pytest.raises(click.UsageError):
        parse(mention, whole=False)


def test_a_command_is_found_where_it_is_typed() -> None:
    text = """
```
HUB=/opt/x valhub migrate
```
1. then
   ```sh
   /opt/valhub/bin/valhub backup X \\
     --keep 3  # nightly
   useradd valhub
   systemd-run -p A=b valhub doctor
   ```
outside:
valhub nothing
"""
    assert [words_of(line) for line in typed_lines(text)] == [
        ["migrate"],
        ["backup", "X", "--keep", "3"],
        ["doctor"],
    ]
