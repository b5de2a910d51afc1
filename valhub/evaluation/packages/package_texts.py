"""The gate for every text of a package, before it reaches a row of the database or a page.

Keys, labels, names, units and cells come from people whom nobody knows. What is too long for a
column of a table, or would break the page that shows it, is a fault here and nowhere else. Names of
files pass `member_names`, which file systems make stricter.
"""

from collections.abc import Iterable, Mapping

from valhub.evaluation.packages.faults import FaultList
from valhub.texts import cut, text_problem

# What the databases store of a column of the leaderboard.
LONGEST_NAME = 200
LONGEST_LABEL = 100
# Units stand in every cell of a page, labels at the top of its columns.
_LONGEST = {"unit": 40, "display_metrics": LONGEST_LABEL, "function_name": LONGEST_LABEL}


def check_document(document: Mapping[str, object], file: str, faults: FaultList) -> None:
    """Check every key and every text of a JSON object, however deep it lies.

    Parameters
    ----------
    document : mapping
        As parsed.
    file : str
        Its path inside the package, for the faults.
    faults : FaultList
        Takes note.
    """
    pending: list[tuple[str, int, object]] = [("", LONGEST_NAME, document)]
    while pending:
        place, most, value = pending.pop()
        if isinstance(value, str):
            check_text(value, most, faults, file=file, column=place)
        elif isinstance(value, list):
            pending += [(place, most, one) for one in value]
        elif isinstance(value, dict):
            for key, inner in value.items():
                where = cut(f"{place}.{cut(key, LONGEST_NAME)}" if place else key, LONGEST_NAME)
                check_text(key, LONGEST_NAME, faults, file=file, column=where)
                pending.append((where, _LONGEST.get(key, most), inner))


def check_names(names: Iterable[str], faults: FaultList, *, file: str, column: str = "") -> bool:
    """Check the names of a data file's columns, or those that a key of a configuration makes.

    Returns
    -------
    bool
        Whether they are without a fault.
    """
    lines = not column
    checked = [
        check_text(name, LONGEST_NAME, faults, file=file, column=column or name, has_lines=lines)
        for name in names
    ]
    return all(checked)


def check_text(
    text: str,
    most: int,
    faults: FaultList,
    *,
    file: str,
    column: str,
    line: int | None = None,
    has_lines: bool = False,
) -> bool:
    """Check one text; returns whether it is without a fault."""
    problem = text_problem(text, most, has_lines=has_lines)
    if problem:
        quoted = f'"{cut(text)}": {problem[0]}'
        faults.add(quoted, problem[1], file=file, line=line, column=column)
    return problem is None
