"""Columns that are only known once something has been scored: those of script packages."""

from collections.abc import Sequence

from django.db import transaction

from valhub.analyses.board_columns import BoardColumn
from valhub.analyses.models import AnalysisVersion, PackageKind
from valhub.cloud.row_locks import locked
from valhub.evaluation.results import Best
from valhub.evaluation.scoring.script_result import alike, name_key, quoted

# Every entry of a board has a score in each of its columns.
MOST_COLUMNS = 100


def columns_fault(version: AnalysisVersion, names: Sequence[str]) -> str | None:
    """Explain to the organiser why a board cannot have metrics of these names; None if it can."""
    known = _asked(version, [column["name"] for column in version.columns])
    two = alike([*known, *names])
    if two is not None:
        return (
            f"The analysis' evaluate returned {quoted(two[1])}, but its leaderboard has "
            f"{quoted(two[0])}, which differs only in case or accents. Return it under that name."
        )
    count = len({*known, *names})
    if count > MOST_COLUMNS:
        return (
            f"With what the analysis' evaluate returned, its leaderboard has {count} metrics; "
            f"at most {MOST_COLUMNS} are allowed. Return the same few metrics every time."
        )
    return None


def learn_columns(version: AnalysisVersion, names: Sequence[str]) -> None:
    """Add the metrics of a script package's result to its board's columns, in their order.

    What is known already stays as it is, so that it makes no difference how often, or in which
    order, results arrive; except that the first result settles what ranks when the organiser did
    not. The columns of task packages are known from the start, and this does nothing. What
    `columns_fault` would reject is left out: two runs that end at once may have got past it.

    Parameters
    ----------
    version : AnalysisVersion
        Its `columns` are updated.
    names : sequence of str
        As `split.metric`.
    """
    if version.kind != PackageKind.SCRIPT:
        return
    with transaction.atomic():
        columns = list(locked(AnalysisVersion.objects).get(pk=version.pk).columns)
        known = {name_key(column["name"]) for column in columns}
        asked: dict[str, str] = {}
        for name in _asked(version, names):
            asked.setdefault(name_key(name), name)
        new = [name for key, name in asked.items() if key not in known]
        if new:
            columns += [_column(version, name).document() for name in new]
            del columns[MOST_COLUMNS:]
            AnalysisVersion.objects.filter(pk=version.pk).update(columns=columns)
    version.columns = columns


def _asked(version: AnalysisVersion, names: Sequence[str]) -> list[str]:
    """The metrics that a board is to have, with what the organiser ranks by first."""
    primary = version.analysis.primary_metric
    return [primary, *names] if primary else list(names)


def _column(version: AnalysisVersion, name: str) -> BoardColumn:
    return BoardColumn.of_script(name, script_direction(version))


def script_direction(version: AnalysisVersion) -> Best:
    """Give the direction of all metrics of a script package, as its organiser stated it."""
    return Best.LOWEST if version.analysis.lower_is_better else Best.HIGHEST
