"""The documented `result` of a submission, as a reader sees it.

It is made of the run whenever somebody asks, so that what an earlier release stored passes the gate
too. What is stored with the submission is everybody's part of it, for processes of the release
before that run beside this one.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from valhub.accounts.models import Account
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.wording import NOTHING, best_of, quantity
from valhub.jobs.disclosure.placed import as_placed
from valhub.jobs.disclosure.readers import Reader, reader_of
from valhub.jobs.disclosure.rounding import COST_DIGITS, rounded_document, rounded_number
from valhub.jobs.disclosure.rules import Rules, rules_by_version, rules_of_run
from valhub.jobs.disclosure.scores import ShownScore, whole_scores
from valhub.jobs.models import ENDED, Run, Status, Submission
from valhub.jobs.services.run_summary import RunSummary, summary_of
from valhub.leaderboards.selectors.placings import Placing, placings

Document = dict[str, Any]
_ALONE = Placing()


def result_document(
    summed: RunSummary, rules: Rules, reader: Reader, placing: Placing = _ALONE
) -> Document | None:
    """Write the result of a run, as the documented field has it; None when it is not released."""
    if not rules.shows_scores(reader, Part.HIDDEN):
        return None
    aggregates = as_placed(summed.aggregates, placing)
    scores = whole_scores(aggregates, summed.final, rules, reader)
    document: Document = {
        "verdict": summed.verdict,
        "coverage": summed.coverage,
        "metrics": {one.name: _metric(one) for one in scores},
    }
    if placing.results > 1:
        document["remark"] = best_of(placing.results)
    digits = rules.digits(reader)
    if "result" in summed.returned:
        document["result"] = rounded_document(summed.returned["result"], digits)
        document["execution_time"] = _seconds(summed.returned.get("execution_time"), digits)
    return document


def _seconds(measured: object, digits: int | None) -> float | None:
    """Show the time that an evaluation measured: a cost, which an algorithm can choose."""
    if isinstance(measured, bool) or not isinstance(measured, int | float):
        return None
    return rounded_number(float(measured), digits and COST_DIGITS)


def _metric(score: ShownScore) -> Document:
    number = score.number
    metric: Document = {
        "value": number and number.value,
        "low": number and number.low,
        "high": number and number.high,
        "unit": score.unit,
        "label": score.label,
    }
    return {**metric, "withheld": score.withheld} if score.withheld else metric


def score_in_words(document: Document, aggregate: str) -> str:
    """Write one of a result's scores, or why it is withheld; a dash where it has none."""
    one = document["metrics"].get(aggregate)
    if one is None:
        return NOTHING
    return one.get("withheld") or quantity(one["value"], one["unit"])


def result_documents(runs: Iterable[Run], reader: Reader) -> dict[int, Document | None]:
    """Write the results of finished runs, by key, as one kind of reader sees them."""
    found = list(runs)
    rules = rules_by_version(run.version for run in found)
    placed = placings(run.pk for run in found)
    return {run.pk: _result(run, rules, reader, placed) for run in found}


def submission_results(
    submissions: Iterable[Submission], account: Account | AnonymousUser
) -> dict[UUID, Document | None]:
    """Write the results of some submissions, by key, as an account sees them.

    Those without a result are left out: it has not ended yet, or ended before it was summed up.
    """
    ended = {one.pk: one for one in submissions if one.status in ENDED}
    runs = _runs_of(ended)
    rules = rules_by_version(run.version for run in runs.values())
    placed = placings(run.pk for run in runs.values())
    return {
        pk: _result(run, rules, reader_of(ended[pk], account), placed) for pk, run in runs.items()
    }


def _result(
    run: Run, rules: Mapping[int, Rules], reader: Reader, placed: Mapping[int, Placing]
) -> Document | None:
    of_run = rules_of_run(run, rules[run.version_id])
    return result_document(summary_of(run), of_run, reader, placed.get(run.pk, _ALONE))


def _runs_of(submissions: dict[UUID, Submission]) -> dict[UUID, Run]:
    """Find the runs that have the submissions' results: the latest, or the latest that finished.

    Of those that finished, one that is released goes before one that is not.
    """
    rows = Run.objects.filter(submission__in=list(submissions)).defer("slices", "receipt")
    runs: dict[UUID, Run] = {}
    for run in rows.prefetch_related("version").order_by("number"):
        held = runs.get(run.submission_id)
        newer = held is None or run.released or not held.released
        finished = submissions[run.submission_id].status == Status.FINISHED
        if not finished or (run.status == Status.FINISHED and newer):
            runs[run.submission_id] = run
    return {pk: run for pk, run in runs.items() if run.verdict}
