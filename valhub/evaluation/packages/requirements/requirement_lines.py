"""One line that is no requirement: what is wrong with it, and what to write instead.

A line is never repaired in silence. What is offered instead has been parsed, so it is a
requirement.
"""

import re
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement

from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.limits import MOST_LINE_CHARACTERS

NAME_ONLY = 'Write a name and versions, such as "pvlib>=0.11,<0.17".'
# Markers are read by recursion, one level for each bracket.
_MOST_BRACKETS = 50
_MOST_NAMES = 100
_OWN_LINES = "Write each package on a line of its own."
_INDEX = "Remove it: packages come from the index of the machine that runs the algorithm."
_PATH = re.compile(r"\.{0,2}/|[^\s;]*/|[^\s;]*\.(whl|zip|tar\.gz|tgz)\b", re.IGNORECASE)
_COMMAND = re.compile(
    r"[!%$>]?\s*((sudo|python[\d.]*\s+-m|uv|py\s+-m)\s+)?(pip[\d.]*|conda|mamba|poetry|uv)\s+"
    r"(install|add)\b",
    re.IGNORECASE,
)
_CODE = re.compile(r"(import|from)\s+[\w.]+(\s|$)")
_OPTIONS = (
    (r"-e\b|--editable", "Remove it: your own modules lie beside the entry file."),
    (r"-r\b|--requirement", "Copy the lines of that file to here."),
    (r"-c\b|--constraint", "Write the versions here."),
    (r"-i\b|-f\b|--(extra-)?index-url|--find-links|--trusted-host|--no-index", _INDEX),
    (r"- ", "Write the name alone, without the dash."),
)
_CHARACTERS = (
    ("\u00a0\u202f\u2007", "has a no-break space", "Type the spaces of the line again."),
    ("\u200b\u200c\u200d\ufeff\u2060", "has an invisible character", "Type the line again."),
    ("\u201c\u201d\u2018\u2019\u201e\u00ab\u00bb", "has typographic quotes", 'Write " instead.'),
    ("\u2013\u2014\u2011\u2212", "has a typographic dash", "Write - instead."),
    ("\u2265", 'has the sign "≥"', "Write >= instead."),
    ("\u2264", 'has the sign "≤"', "Write <= instead."),
    ("\u2260", 'has the sign "≠"', "Write != instead."),
)


def refusal(line: str) -> tuple[str, str] | None:
    """Say why a line may not go to an installer, as "has …" or "is …", and what to write instead.

    Parameters
    ----------
    line : str
        Without comment and outer spaces.
    """
    brackets = line.count("(")
    if len(line) > MOST_LINE_CHARACTERS or brackets > _MOST_BRACKETS:
        found = f"{len(line):,} characters and {brackets:,}"
        allowed = f"at most {MOST_LINE_CHARACTERS:,} and {_MOST_BRACKETS} are allowed"
        return (
            f"is too long or has too many brackets ({found}; {allowed})",
            f"Simplify it. {NAME_ONLY}",
        )
    for characters, problem, fix in _CHARACTERS:
        if any(character in line for character in characters):
            return problem, fix
    if not line.isprintable():
        return "has control characters", "Type the line again."
    if _COMMAND.match(line):
        return "is a command", "Write the names of the packages alone, one on each line."
    if "\\" in line:
        return "has a backslash", "Write each requirement on one line, without hashes."
    if "$" in line:
        return "has a $", "Write values out: variables are not expanded."
    return _option(line) or _address(line)


def _option(line: str) -> tuple[str, str] | None:
    if line.startswith("-"):
        fixes = (fix for pattern, fix in _OPTIONS if re.match(pattern, line))
        return "is an option", f"Options are not allowed. {next(fixes, NAME_ONLY)}"
    if " --" in line:
        return "contains an option", f"Options and hashes are not allowed. {NAME_ONLY}"
    return None


def _address(line: str) -> tuple[str, str] | None:
    pinned = re.fullmatch(r"([\w.-]+)@v?(\d[\w.]*)", line)
    if pinned:
        return "is not a requirement", f'Write "{pinned[1]}=={pinned[2]}".'
    if "://" in line or "@" in line:
        return "is an address", f"Only packages of the index are installed. {NAME_ONLY}"
    if _PATH.match(line):
        return "is a path", f"Put your own modules beside the entry file. {NAME_ONLY}"
    return None


def unparsed(line: str, error: InvalidRequirement) -> tuple[str, str]:
    """Say what is wrong with a line that cannot be parsed, and what to write instead."""
    quoted = f'"{shown(line)}"'
    line = re.sub(r"\s+", " ", line)
    if _CODE.match(line):
        return f"{quoted} is Python code.", "Write the name of the package alone."
    if _names_several(line):
        return f"{quoted} names several packages.", _OWN_LINES
    meant = next((text for text in _repaired(line) if parsed(text)), None)
    if meant:
        return f"{quoted} is not a requirement.", f'Write "{shown(meant)}".'
    reason = str(error).split("\n", 1)[0].rstrip(".")
    return f"{quoted} is not a requirement ({shown(reason)}).", NAME_ONLY


def parsed(line: str) -> Requirement | None:
    """Parse a requirement; None for anything else."""
    try:
        return Requirement(line)
    except InvalidRequirement:
        return None


def _names_several(line: str) -> bool:
    for separator in (r"\s*;\s*", r"\s*,\s*", r"\s+"):
        parts = [part for part in re.split(separator, line) if part]
        if 1 < len(parts) <= _MOST_NAMES and all(
            re.match(r"[A-Za-z]", part) and parsed(part) for part in parts
        ):
            return True
    return False


def _repaired(line: str) -> Iterator[str]:
    """Give what a line may have meant, the least change first."""
    bare = line.strip("\"'`,; ")
    yield bare
    yield re.sub(r"=>", ">=", re.sub(r"=<", "<=", bare))
    yield re.sub(r"([\w.*])\s+([<>=!~])", r"\1,\2", re.sub(r"\s*([<>=!~]+)\s*", r"\1", bare))
    yield re.sub(r"(\d[\w.*]*)\s+([<>=!~])", r"\1,\2", bare)
    yield re.sub(r"^([\w.-]+(?:\[[\w,-]+\])?)\s*=\s*([\w.*]+)$", r"\1==\2", bare)
    yield re.sub(r"^([\w.-]+)\s+\(?v?(\d[\w.*]*)\)?$", r"\1==\2", bare)
    yield re.sub(r"^([\w.-]+)\s*={1,2}\s*(latest|\*|any|newest)$", r"\1", bare)
    poetry = re.fullmatch(r"([\w.-]+)\s*=?=?\s*[\"']?[\^~](\d[\d.]*)[\"']?", line)
    if poetry:
        yield f"{poetry[1]}>={poetry[2]}"
