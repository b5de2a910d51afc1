"""The events of a submission as a reader sees them: without verdicts that are withheld.

Files of the final part leave no event at all, since events are numbered without a gap. An earlier
release, whose workers may run beside these, knows no final part.
"""

from collections.abc import Sequence

from django.contrib.auth.models import AnonymousUser

from valhub.accounts.models import Account
from valhub.analyses.models import DataFile
from valhub.jobs.disclosure.readers import Reader, reader_of
from valhub.jobs.disclosure.rules import Rules, rules_by_version, rules_of_run
from valhub.jobs.models import Event, Run, Submission


def shown_events(
    events: Sequence[Event], submission: Submission, account: Account | AnonymousUser
) -> list[Event]:
    """Leave out the events of files whose verdict an account does not see."""
    reader = reader_of(submission, account)
    runs = {run.number: run for run in submission.runs.select_related("version")}
    rules = rules_by_version(run.version for run in runs.values())
    of_run = {number: rules_of_run(run, rules[run.version_id]) for number, run in runs.items()}
    parts = _parts(events, runs)
    return [one for one in events if _is_shown(one, of_run, parts, reader)]


Parts = dict[tuple[int, str], str]


def _parts(events: Sequence[Event], runs: dict[int, Run]) -> Parts:
    """The part of each file that is named, by its run's number and its name."""
    names = {event.data["file"] for event in events if event.kind == "file"}
    versions = {run.version_id for run in runs.values()}
    rows = DataFile.objects.filter(version__in=versions, name__in=names)
    part_of = {
        (version, name): part for version, name, part in rows.values_list("version", "name", "part")
    }
    return {
        (number, name): part_of[run.version_id, name]
        for number, run in runs.items()
        for name in names
        if (run.version_id, name) in part_of
    }


def _is_shown(event: Event, rules: dict[int, Rules], parts: Parts, reader: Reader) -> bool:
    if event.kind != "file":
        return True
    part = parts.get((event.data["run"], event.data["file"]))
    return part is not None and rules[event.data["run"]].shows_results(reader, part)
