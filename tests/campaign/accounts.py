"""What has become of every upload of a soak: nothing is lost, and nothing is there twice."""

from collections.abc import Iterable, Sequence

from campaign.aftermath import untold
from campaign.judgements import plain
from campaign.kinds import KINDS
from campaign.people import Database
from campaign.uploads import CUT, Upload


def faults_of(uploads: Sequence[Upload], rows: Database) -> list[str]:
    """Everything that is lost or doubled, one sentence each."""
    stored: dict[str, list[tuple]] = {}
    for name, pk, status, reason in rows(
        "SELECT display_name, id, status, reason FROM jobs_submission"
    ):
        stored.setdefault(name, []).append((plain(pk), status, reason))
    found = [fault for upload in uploads for fault in _faults(upload, stored.get(upload.name, []))]
    return [*found, *_results(uploads, rows), *untold(rows)]


def _faults(upload: Upload, stored: list[tuple]) -> Iterable[str]:
    known = {pk for pk, _, _ in stored}
    lost = [one for one in upload.answered if plain(one) not in known]
    if lost:
        yield f"{upload.name}: lost, although it was acknowledged: {lost}"
    requests = len(upload.answered) + (0 if upload.manner == CUT else upload.unanswered)
    if len(stored) > requests:
        yield f"{upload.name}: {len(stored)} submissions came of {requests} whole requests"
    acknowledged = set(map(plain, upload.answered))
    for pk, status, reason in stored:
        if status not in ("finished", "failed"):
            yield f"{upload.name}: still {status}"
        if "interrupted" in reason and pk in acknowledged:
            yield f"{upload.name}: was acknowledged, and {status}, because {reason!r}"


def _results(uploads: Sequence[Upload], rows: Database) -> Iterable[str]:
    kinds = {upload.name: KINDS[upload.kind] for upload in uploads}
    counted = (
        "SELECT display_name, jobs_run.id, count(jobs_fileresult.id) FROM jobs_run"
        " JOIN jobs_submission ON jobs_submission.id = submission_id"
        " LEFT JOIN jobs_fileresult ON run_id = jobs_run.id"
        " WHERE jobs_submission.status = 'finished' GROUP BY display_name, jobs_run.id"
    )
    for name, run, results in rows(counted):
        expected = len(kinds[name].verdicts)
        if results != expected:
            yield f"{name}: run {run} has {results} results instead of {expected}"
