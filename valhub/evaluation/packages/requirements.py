r"""What an algorithm needs installed: its `requirements.txt`, reduced to names and versions.

Options, addresses and paths are rejected, because an installer would follow them, and so are `$`
and `\`, because it would expand them. What is left can only name packages of the index that the
worker's administrator chose.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.member_names import shown
from valhub.evaluation.packages.text_files import read_text

_MAX_BYTES = 256 * 1024
# Markers are read by recursion, one level for each bracket.
_LONGEST_LINE = 1_000
_MOST_BRACKETS = 50
_COMMENT = re.compile(r"(^|\s)#.*")
_PYTHON = re.compile(r"(?:cpython-)?(3\.\d{1,2})(?:\.\d{1,3})?")
_PATH = re.compile(r"\.{0,2}/|[^\s;]*/|[^\s;]*\.(whl|zip|tar\.gz|tgz)\b", re.IGNORECASE)
_NAME_ONLY = 'Write a name and versions, such as "pvlib>=0.11,<0.17".'


@dataclass(frozen=True)
class Requirements:
    """What to install for an algorithm.

    Attributes
    ----------
    lines : tuple of str
        One PEP 508 requirement each, in the file's order, written in its normal form.
    python : str or None
        The Python version asked for, such as `3.10`; None for the worker's own.
    """

    lines: tuple[str, ...] = ()
    python: str | None = None


def read_requirements(
    path: Path | None, faults: FaultList, *, python_version: Path | None = None
) -> Requirements:
    """Read a `requirements.txt` and, beside it, a `.python-version`.

    Parameters
    ----------
    path : Path or None
        The requirements; None when the algorithm needs nothing.
    faults : FaultList
        Takes note, with line numbers, of everything but names, extras, versions and markers.
    python_version : Path or None
        The file that says which Python, as pyenv and uv read it.

    Returns
    -------
    Requirements
        Those without a fault.
    """
    lines = []
    text = read_text(path, faults, file=path.name, limit_bytes=_MAX_BYTES) if path else None
    for number, raw in enumerate((text or "").split("\n"), start=1):
        line = _COMMENT.sub("", raw).replace("\t", " ").strip()
        if not line:
            continue
        requirement = requirement_of(line)
        if isinstance(requirement, Requirement):
            lines.append(str(requirement))
        elif path:
            faults.add(*requirement, file=path.name, line=number)
    return Requirements(tuple(lines), _python(python_version, faults))


def requirement_of(line: str) -> Requirement | tuple[str, str]:
    """Read one requirement; when it is at fault, return the problem and how to fix it.

    Parameters
    ----------
    line : str
        Without comment, and without spaces around it.
    """
    refused = _refusal(line)
    if refused:
        return f'"{shown(line)}" {refused[0]}.', refused[1]
    try:
        return Requirement(line)
    except InvalidRequirement as error:
        reason = str(error).split("\n", 1)[0].rstrip(".")
        return f'"{shown(line)}" is not a requirement ({shown(reason)}).', _NAME_ONLY


def _refusal(line: str) -> tuple[str, str] | None:
    if len(line) > _LONGEST_LINE or line.count("(") > _MOST_BRACKETS:
        return "is too long or has too many brackets", f"Simplify it. {_NAME_ONLY}"
    if not line.isprintable():
        return "has control characters", "Type the line again."
    if "\\" in line:
        return "has a backslash", "Write each requirement on one line, without hashes."
    if "$" in line:
        return "has a $", "Write values out: variables are not expanded."
    if line.startswith("-"):
        return "is an option", f"Options are not allowed. {_NAME_ONLY}"
    if " --" in line:
        return "contains an option", f"Options and hashes are not allowed. {_NAME_ONLY}"
    if "://" in line or "@" in line:
        return "is an address", _NAME_ONLY
    if _PATH.match(line):
        return "is a path", f"Put your own modules beside the entry file. {_NAME_ONLY}"
    return None


def _python(path: Path | None, faults: FaultList) -> str | None:
    if path is None:
        return None
    text = read_text(path, faults, file=path.name, limit_bytes=_MAX_BYTES)
    wanted = (text or "").strip()
    match = _PYTHON.fullmatch(wanted)
    if match:
        return match[1]
    if text is not None:
        faults.add(
            f'"{shown(wanted)}" is not a Python version.',
            'Write one such as "3.11".',
            file=path.name,
        )
    return None
