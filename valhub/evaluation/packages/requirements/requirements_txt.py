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
from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.files.text_files import read_text
from valhub.evaluation.packages.limits import MOST_REQUIREMENTS
from valhub.evaluation.packages.requirements.requirement_formats import NumberedLine, foreign_format
from valhub.evaluation.packages.requirements.requirement_lines import refusal, unparsed
from valhub.evaluation.packages.requirements.requirement_names import RequirementLine, check_names

_MAX_BYTES = 256 * 1024
_MOST_LINES = 50
_COMMENT = re.compile(r"(^|\s)#.*")
# As pyenv, uv, Heroku and people write it.
_PYTHON = re.compile(
    r"(?:c?python[-@ ]?)?v?(3\.\d{1,2})(?:\.\d{1,3})?(?:-(?:linux|macos|windows)[\w.-]*)?",
    re.IGNORECASE,
)


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
    text = read_text(path, faults, file=path.name, limit_bytes=_MAX_BYTES) if path else None
    found = _read_lines(text, path.name, faults) if path and text else []
    python = _python(python_version, faults)
    if path:
        check_names(found, path.name, faults, python=python)
    return Requirements(tuple(str(line.requirement) for line in found), python)


def _read_lines(text: str, file: str, faults: FaultList) -> list[RequirementLine]:
    lines = [
        NumberedLine(number, raw, _COMMENT.sub("", raw).replace("\t", " ").strip(" "))
        for number, raw in enumerate(text.split("\n"), start=1)
    ]
    foreign = foreign_format(lines)
    if foreign:
        faults.add(foreign.problem, foreign.fix, file=file, line=foreign.line)
        lines = list(foreign.rest)
    found: list[RequirementLine] = []
    wrong = 0
    for line in lines:
        if not line.text:
            continue
        if len(found) == MOST_REQUIREMENTS:
            problem = f"There are more than {MOST_REQUIREMENTS:,} requirements."
            faults.add(problem, "Remove some.", file=file, line=line.number)
            break
        if wrong > _MOST_LINES:
            break  # Saying what is wrong with a line takes long.
        requirement = requirement_of(line.text)
        if isinstance(requirement, Requirement):
            found.append(RequirementLine(line.number, requirement))
            continue
        wrong += 1
        if wrong <= _MOST_LINES:
            faults.add(*requirement, file=file, line=line.number)
    if wrong > _MOST_LINES:
        more = f"More than {_MOST_LINES:,} lines are no requirements."
        faults.add(more, "Write one requirement on each line.", file=file)
    return found


def requirement_of(line: str) -> Requirement | tuple[str, str]:
    """Read one requirement; when it is at fault, return the problem and how to fix it.

    Parameters
    ----------
    line : str
        Without comment, and without spaces around it.
    """
    refused = refusal(line)
    if refused:
        return f'"{shown(line)}" {refused[0]}.', refused[1]
    try:
        return Requirement(line)
    except InvalidRequirement as error:
        return unparsed(line, error)


def _python(path: Path | None, faults: FaultList) -> str | None:
    if path is None:
        return None
    text = read_text(path, faults, file=path.name, limit_bytes=_MAX_BYTES)
    lines = [_COMMENT.sub("", line).strip() for line in (text or "").split("\n")]
    wanted = [line for line in lines if line]
    # Tools that manage several Pythons write one on each line; the first is the one they start.
    match = _PYTHON.fullmatch(wanted[0]) if wanted else None
    if match:
        return match[1]
    if text is not None:
        problem = "There is no Python version in it."
        if wanted:
            problem = f'"{shown(wanted[0])}" is not a Python version.'
        faults.add(problem, 'Write one such as "3.11".', file=path.name)
    return None
