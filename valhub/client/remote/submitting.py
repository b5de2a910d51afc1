"""Submitting, and waiting for the end."""

from dataclasses import dataclass
from pathlib import Path

from valhub.client.exit_codes import ExitCode
from valhub.client.hubs.archiving import packed
from valhub.client.hubs.records import SubmissionDetails
from valhub.client.hubs.submissions import StillRunning, Submission
from valhub.client.remote.following import follow_on
from valhub.client.remote.formats import Format, write_record
from valhub.client.remote.local_checks import check_before_sending
from valhub.client.remote.opening import open_hub
from valhub.console import echo

USUAL = (
    "id", "analysis", "display_name", "status", "reason", "progress", "submitted_at",
    "finished_at", "result.verdict", "result.coverage", "result.metrics", "quota.today",
    "quota.next_at",
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What to submit, and how long to wait for its end; None does not wait."""

    analysis: str
    algorithm: Path
    name: str
    wait_s: float | None


def submit_algorithm(wanted: Wanted, *, hub: str | None, form: Format) -> ExitCode:
    """Check, send and, if wanted, follow an algorithm."""
    with open_hub(hub) as opened, packed(wanted.algorithm) as archive:
        analysis = opened.analysis(wanted.analysis)
        for note in check_before_sending(archive, analysis.contract()):
            echo(f"Note: {note}", err=True)
        submission = analysis.submit(archive, display_name=wanted.name)
        return _ended(submission, wanted.wait_s, form)


def show_status(
    submission_id: str, *, wait_s: float | None, hub: str | None, form: Format
) -> ExitCode:
    """Show a submission, perhaps once it has ended."""
    with open_hub(hub) as opened:
        return _ended(opened.submission(submission_id), wait_s, form)


def _ended(submission: Submission, wait_s: float | None, form: Format) -> ExitCode:
    code = ExitCode.SCORED
    if wait_s is not None:
        code = _follow(submission, wait_s)
    write_record(submission.details, form, usual=_shown(submission.details))
    return code


def _follow(submission: Submission, wait_s: float) -> ExitCode:
    echo(f"Submission {submission.id}", err=True)
    try:
        with follow_on() as follower:
            submission.wait(wait_s if wait_s != float("inf") else None, on_change=follower)
    except StillRunning as error:
        echo(error, err=True)
        return ExitCode.STILL_RUNNING
    except KeyboardInterrupt:
        echo(f"The submission goes on. To see how it is: valhub status {submission.id}", err=True)
        raise
    return ExitCode.SCORED if submission.details.is_scored else ExitCode.FAILED


def _shown(details: SubmissionDetails) -> tuple[str, ...]:
    """Choose the lines that say something now."""
    row = details.row()
    names = (one for one in USUAL if not one.startswith("result.metrics"))
    found = [one for one in names if row.get(one) is not None or one == "progress"]
    metrics = [one for one in row if one.startswith("result.metrics.") and one.endswith(".value")]
    return (*found, *metrics)
