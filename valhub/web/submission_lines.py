"""Submissions in a list for whoever manages their analysis, with what the gate shows of each."""

from collections.abc import Iterable
from dataclasses import dataclass

from valhub.accounts.models import Account
from valhub.analyses.board_columns import BoardColumn
from valhub.evaluation.results import Verdict
from valhub.evaluation.wording import NOTHING, VERDICT_WORDS, percent
from valhub.jobs.disclosure.results import Document, score_in_words, submission_results
from valhub.jobs.models import Submission


@dataclass(frozen=True)
class SubmissionLine:
    """One row: how a submission ended, and the score that ranks, in words."""

    submission: Submission
    verdict: str
    coverage: str
    score: str


def submission_lines(
    submissions: Iterable[Submission], reader: Account, primary: BoardColumn | None
) -> list[SubmissionLine]:
    """Draw the rows of a list; those without a result so far have dashes.

    Parameters
    ----------
    primary : BoardColumn or None
        What ranks on the current version; a result of a version that ranked by another has a dash.
    """
    found = list(submissions)
    results = submission_results(found, reader)
    name = primary.name if primary else ""
    return [_line(one, results.get(one.pk), name) for one in found]


def _line(submission: Submission, result: Document | None, primary: str) -> SubmissionLine:
    if result is None:
        return SubmissionLine(submission, NOTHING, NOTHING, NOTHING)
    return SubmissionLine(
        submission,
        verdict=VERDICT_WORDS[Verdict(result["verdict"])],
        coverage=percent(result["coverage"]),
        score=score_in_words(result, primary),
    )
