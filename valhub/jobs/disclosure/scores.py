"""A run's aggregates as a reader sees them: rounded, in full, or as words on why they are not."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from valhub.analyses.board_columns import final_name
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.results import Aggregate, PartSummary
from valhub.jobs.disclosure.readers import Reader
from valhub.jobs.disclosure.rounding import rounded_aggregate
from valhub.jobs.disclosure.rules import Rules


@dataclass(frozen=True)
class ShownScore:
    """One aggregate.

    Attributes
    ----------
    number : Aggregate or None
        As far as the reader may see it; None when it is withheld.
    withheld : str
        Why it is, in words; else empty.
    """

    name: str
    label: str
    unit: str
    number: Aggregate | None
    withheld: str = ""


def whole_scores(
    aggregates: Mapping[str, Aggregate], final: PartSummary | None, rules: Rules, reader: Reader
) -> list[ShownScore]:
    """Show the aggregates of a run, and those over its final part as a board names them."""
    scores = []
    if rules.shows_scores(reader, Part.HIDDEN):
        scores += shown_scores(aggregates, rules, reader)
    if final is not None and rules.shows_scores(reader, Part.FINAL):
        over_final = shown_scores(final.aggregates, rules.of_final_part(), reader)
        scores += [
            replace(one, name=final_name(one.name), label=f"{one.label}, final part")
            for one in over_final
        ]
    return scores


def shown_scores(
    aggregates: Mapping[str, Aggregate], rules: Rules, reader: Reader
) -> list[ShownScore]:
    """Show a run's aggregates, in the order of the mapping."""
    return [_shown(name, one, rules, reader) for name, one in aggregates.items()]


def _shown(name: str, one: Aggregate, rules: Rules, reader: Reader) -> ShownScore:
    withheld = rules.withheld_score(reader, one.best, one.files)
    number = None if withheld else rounded_aggregate(one, rules.digits(reader))
    return ShownScore(name, one.label, one.unit, number, withheld)
