"""Commands about submissions and analyses."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import click
from django.db import transaction

from valhub.accounts.services.auditing import by_command, record_act
from valhub.cloud.transactions import again_after_deadlock
from valhub.console import echo
from valhub.jobs.models import Run, Submission
from valhub.jobs.services.analysis_deletion import delete_analysis as delete_with_submissions
from valhub.jobs.services.submission_changes import (
    archive_submission,
    cancel_submission,
    rerun_submission,
)
from valhub.server.administration.found import known_analysis, known_submission

R = TypeVar("R")


@again_after_deadlock
def _recorded(act: str, submission: Submission, change: Callable[[], R]) -> R:
    """Change a submission and record it, both or neither; a run that it makes is named."""
    with transaction.atomic():
        changed = change()
        details = {"run": changed.number} if isinstance(changed, Run) else {}
        record_act(by_command(), act, submission, **details)
    return changed


@click.command()
@click.argument("submission")
def cancel(*, submission: str) -> None:
    """End the evaluation of SUBMISSION."""
    found = known_submission(submission)
    _recorded("cancel", found, partial(cancel_submission, found, by="an administrator"))
    echo(f"Submission {submission} is cancelled; workers notice within seconds.")


@click.command()
@click.argument("submission")
def rerun(*, submission: str) -> None:
    """Evaluate SUBMISSION once more, on the current version of its analysis."""
    found = known_submission(submission)
    run = _recorded("rerun", found, partial(rerun_submission, found, within_quotas=False))
    echo(f"Submission {submission} waits for its run {run.number}.")


@click.command()
@click.argument("submission")
def hide(*, submission: str) -> None:
    """Take SUBMISSION off lists and leaderboards; its record stays. A rerun shows it again."""
    found = known_submission(submission)
    _recorded("hide", found, partial(archive_submission, found))
    echo(f"Submission {submission} is on no list and no leaderboard any more.")


@click.command()
@click.argument("analysis", type=int)
@click.option("--name", required=True, help="The name of the analysis, as a confirmation.")
def delete_analysis(*, analysis: int, name: str) -> None:
    """Delete ANALYSIS for good, with all that was submitted to it. It has to be closed."""
    found = known_analysis(analysis)
    if name != found.analysis_name:
        raise click.BadParameter(
            f"Analysis {analysis} has another name: {found.analysis_name!r}.", param_hint="--name"
        )
    count = delete_with_submissions(found, by=by_command())
    echo(f"Analysis {analysis} is deleted, with {count} submissions to it.")
    echo("The sweeper removes its packages within two hours.")
