"""Columns that are only known once something has been scored: those of script packages."""

from collections.abc import Sequence

from django.db import transaction

from valhub.analyses.models import AnalysisVersion, Kind
from valhub.analyses.services.describing import Column
from valhub.evaluation.scoring.statistics import Best


def learn_columns(version: AnalysisVersion, names: Sequence[str]) -> None:
    """Add the metrics of a script package's result to its board's columns, in their order.

    What is known already stays as it is, so that it makes no difference how often, or in which
    order, results come in; except that the first result settles what ranks when the organiser did
    not. The columns of task packages are known from the start, and this does nothing.

    Parameters
    ----------
    version : AnalysisVersion
        Its `columns` are brought up to date.
    names : sequence of str
        As `split.metric`.
    """
    if version.kind != Kind.SCRIPT:
        return
    with transaction.atomic():
        locked = AnalysisVersion.objects.select_for_update().get(pk=version.pk)
        columns = list(locked.columns)
        known = {column["name"] for column in columns}
        primary = version.analysis.primary_metric
        asked = [primary, *names] if primary else names
        new = [name for name in dict.fromkeys(asked) if name not in known]
        if new:
            columns += [_column(version, name).document() for name in new]
            AnalysisVersion.objects.filter(pk=version.pk).update(columns=columns)
    version.columns = columns


def _column(version: AnalysisVersion, name: str) -> Column:
    best = Best.LOWEST if version.analysis.lower_is_better else Best.HIGHEST
    return Column(name, name, "", str(best), shown=True)
