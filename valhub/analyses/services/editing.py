"""Changing what is written about an analysis, and its limits, after its upload."""

from collections.abc import Mapping
from dataclasses import fields, replace

from valhub.analyses.models import Analysis
from valhub.analyses.services.analysis_fields import AnalysisFields

# The others belong to the package: what ranks, and in which file the truth is.
EDITABLE = frozenset(
    {
        "analysis_name", "description", "short_description", "ruleset", "dataset_description",
        "max_concurrent_submission_evaluation",
    }
)  # fmt: skip


def edit_analysis(analysis: Analysis, changes: Mapping[str, str | int]) -> None:
    """Change texts and limits; all of them or, when one cannot be stored, none.

    Parameters
    ----------
    analysis : Analysis
        It gets the new values, too.
    changes : mapping of str to str or int
        By the names in `EDITABLE`.

    Raises
    ------
    InvalidFields
        With everything that cannot be stored.
    """
    written = {one.name: getattr(analysis, one.name) for one in fields(AnalysisFields)}
    changed = replace(AnalysisFields(**written), **dict(changes))  # type: ignore[arg-type]
    changed.check()
    values = {name: getattr(changed, name) for name in EDITABLE & changes.keys()}
    if values:
        Analysis.objects.filter(pk=analysis.pk).update(**values)
    for name, value in values.items():
        setattr(analysis, name, value)
