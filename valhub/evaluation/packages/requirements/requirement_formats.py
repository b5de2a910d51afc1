"""Lists of packages as other tools write them: recognised as a whole, and reported once.

A `requirements.txt` of 300 lines that `conda list --export` wrote has one fault, and not 300.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_FREEZE = "Write the file anew with `pip freeze`."
_HASH = re.compile(r"(^|\s)--hash[= ]")
_PIP_TABLE = re.compile(r"Package\s+Version(\s.*)?")
_RULE = re.compile(r"-{3,}(\s+-{3,})*")
_CONDA_TABLE = re.compile(r"#\s*Name\s+Version\s+Build|#\s*packages in environment at", re.I)
_CONDA_EXPORT = re.compile(r"[\w.-]+=[^=<>!~\s]+=[^=\s]+")
_CONDA_FREEZE = re.compile(r"[\w.\[\]-]+\s*@\s*file:", re.I)
_YAML = re.compile(r"(dependencies|channels)\s*:")


@dataclass(frozen=True)
class NumberedLine:
    """A line of the file; `text` is without comment and outer spaces, and may be empty."""

    number: int
    raw: str
    text: str


@dataclass(frozen=True)
class ForeignFormat:
    """What another tool wrote.

    Attributes
    ----------
    line : int
        The first line that shows it.
    rest : tuple of NumberedLine
        The lines that can still be read one by one.
    """

    problem: str
    fix: str
    line: int
    rest: tuple[NumberedLine, ...] = ()


def foreign_format(lines: Sequence[NumberedLine]) -> ForeignFormat | None:
    """Recognise what another tool wrote; None for what pip reads, and for single odd lines."""
    return _table(lines) or _conda_export(lines) or _conda_freeze(lines) or _hashes(lines)


def _table(lines: Sequence[NumberedLine]) -> ForeignFormat | None:
    has_rule = any(_RULE.fullmatch(line.text) for line in lines)
    for line in lines:
        if has_rule and _PIP_TABLE.fullmatch(line.text):
            return ForeignFormat("This is the table of `pip list`.", _FREEZE, line.number)
        if _CONDA_TABLE.match(line.raw.strip()):
            fix = "Write the file anew with `pip list --format=freeze`."
            return ForeignFormat("This is the table of `conda list`.", fix, line.number)
        if _YAML.fullmatch(line.text):
            fix = "Write the packages' names and versions alone, one on each line."
            return ForeignFormat("This is an environment file of conda.", fix, line.number)
    return None


def _conda_export(lines: Sequence[NumberedLine]) -> ForeignFormat | None:
    first = next((line for line in lines if _CONDA_EXPORT.fullmatch(line.text)), None)
    if first is None:
        return None
    name, version, _ = first.text.split("=")
    return ForeignFormat(
        "This is the output of `conda list --export`.",
        f"Write two equal signs and no build, such as {name}=={version}, "
        "or write the file anew with `pip list --format=freeze`.",
        first.number,
    )


def _conda_freeze(lines: Sequence[NumberedLine]) -> ForeignFormat | None:
    found = [line for line in lines if _CONDA_FREEZE.match(line.text)]
    if not found:
        return None
    more = f" (and {len(found) - 1:,} more)" if len(found) > 1 else ""
    return ForeignFormat(
        f"Here is a path of the computer that wrote the file{more}.",
        "Write the file anew with `pip list --format=freeze`.",
        found[0].number,
        tuple(line for line in lines if not _CONDA_FREEZE.match(line.text)),
    )


def _hashes(lines: Sequence[NumberedLine]) -> ForeignFormat | None:
    first = next((line for line in lines if _HASH.search(line.text)), None)
    if first is None:
        return None
    plain = (_HASH.split(line.text)[0].rstrip("\\ ") for line in lines)
    return ForeignFormat(
        "Hashes (--hash) are not supported.",
        "Write each name and version alone on its line.",
        first.number,
        tuple(
            NumberedLine(line.number, line.raw, text)
            for line, text in zip(lines, plain, strict=True)
        ),
    )
