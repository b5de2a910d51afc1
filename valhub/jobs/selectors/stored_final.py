"""The results of a run on the final part, read back from its row as the engine's values.

They are whole: who may see them is decided elsewhere.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from valhub.evaluation.results import Aggregate, Best, PartSummary, Slice, Verdict
from valhub.jobs.models import Run

_KNOWN = frozenset(field.name for field in fields(Aggregate))


def final_of(run: Run) -> PartSummary | None:
    """Read a run's summary of the final part; None where there is none."""
    stored = run.final
    if stored is None:
        return None
    return PartSummary(
        verdict=Verdict(stored["verdict"]),
        coverage=stored["coverage"],
        aggregates=_aggregates(stored["aggregates"]),
        slices=tuple(
            Slice(**{**one, "aggregates": _aggregates(one["aggregates"])})
            for one in stored["slices"]
        ),
    )


def _aggregates(stored: Mapping[str, Mapping[str, Any]]) -> dict[str, Aggregate]:
    return {name: _aggregate(one) for name, one in stored.items()}


def _aggregate(stored: Mapping[str, Any]) -> Aggregate:
    # A later release, which may run beside this one, can have stored more.
    known = {key: value for key, value in stored.items() if key in _KNOWN}
    return Aggregate(**{**known, "best": Best(known["best"])})
