"""Everything of a run that a reader may see, as values; pages and routes draw nothing else."""

from dataclasses import dataclass, replace

from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.results import Aggregate, PartSummary
from valhub.evaluation.wording import best_of
from valhub.jobs.disclosure.costs import CostsInSum, costs_in_sum
from valhub.jobs.disclosure.files import ShownFile, shown_files
from valhub.jobs.disclosure.placed import as_placed
from valhub.jobs.disclosure.progress import Progress, progress_of
from valhub.jobs.disclosure.readers import Reader
from valhub.jobs.disclosure.rounding import rounded_document
from valhub.jobs.disclosure.rules import Rules, rules_of, rules_of_run
from valhub.jobs.disclosure.scores import ShownScore, whole_scores
from valhub.jobs.disclosure.slices import SliceTable, shown_slices
from valhub.jobs.models import ENDED, Run, Submission
from valhub.jobs.selectors.stored_aggregates import aggregates_of, final_of, slices_of
from valhub.leaderboards.selectors.placings import Placing, placings


@dataclass(frozen=True)
class ShownRun:
    """A run as one kind of reader sees it.

    Attributes
    ----------
    scores : list of ShownScore
        In the order of the board; those that it does not know come last.
    costs : CostsInSum or None
        Of the files whose own costs are withheld, once the run has ended.
    failed_evaluation : str
        Why a script package's evaluation failed, for readers who have the truth; else empty.
    best_of : str
        Of how many results this run is the best on its board, in words; empty for a single one.
    """

    rules: Rules
    reader: Reader
    progress: Progress
    scores: list[ShownScore]
    tables: list[SliceTable]
    files: list[ShownFile]
    costs: CostsInSum | None
    failed_evaluation: str
    best_of: str


def shown_run(run: Run, reader: Reader) -> ShownRun:
    """Show a run to a reader."""
    rules = rules_of_run(run, rules_of(run.version))
    final = final_of(run)
    results = list(run.file_results.select_related("file").order_by("file__ordinal"))
    placing = placings([run.pk]).get(run.pk, Placing())
    scores = whole_scores(as_placed(_in_order(run), placing), final, rules, reader)
    return ShownRun(
        rules=rules,
        reader=reader,
        progress=progress_of(run, rules, reader),
        scores=scores,
        tables=_tables(run, final, rules, reader),
        files=shown_files(results, rules, reader),
        costs=costs_in_sum(results, rules, reader) if run.status in ENDED else None,
        failed_evaluation=(run.evaluation_report or "") if rules.in_full(reader) else "",
        best_of=best_of(placing.results) if scores else "",
    )


def shown_progress(run: Run, reader: Reader) -> Progress:
    """Show how far a run is to a reader."""
    return progress_of(run, rules_of_run(run, rules_of(run.version)), reader)


def shown_return(submission: Submission, run: Run, reader: Reader) -> object:
    """Give what a script package's evaluation returned to the author; None for others.

    It says something of hidden data as scores do, and its numbers are rounded as theirs are.
    """
    if reader not in (Reader.AUTHOR, Reader.STAFF):
        return None
    return rounded_document(submission.private_result, rules_of(run.version).digits(reader))


def _tables(run: Run, final: PartSummary | None, rules: Rules, reader: Reader) -> list[SliceTable]:
    tables = shown_slices(slices_of(run), rules, reader)
    if final is not None and rules.shows_scores(reader, Part.FINAL):
        over_final = shown_slices(final.slices, rules.of_final_part(), reader)
        tables += [replace(one, column=f"{one.column}, final part") for one in over_final]
    return tables


def _in_order(run: Run) -> dict[str, Aggregate]:
    places = {column["name"]: place for place, column in enumerate(run.version.columns)}
    items = aggregates_of(run).items()
    return dict(sorted(items, key=lambda item: places.get(item[0], len(places))))
